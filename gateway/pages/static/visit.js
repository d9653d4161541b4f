// Says that this page is being looked at, once it is: not while a browser prepares it in advance or in the background.
const { visit } = document.querySelector("[data-visit]").dataset;
const look = () => {
  if (document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", look);
  fetch(visit, { method: "POST", keepalive: true }).catch(() => {});
};
document.addEventListener("visibilitychange", look);
look();
