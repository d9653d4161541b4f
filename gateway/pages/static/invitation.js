// The code stands behind the # of the link: it goes into the form, and out of the address bar and the history.
const code = decodeURIComponent(location.hash.slice(1));
if (code) {
  document.getElementById("code").value = code;
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("password").focus();
}
