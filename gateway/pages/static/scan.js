// A button that reads a lot's QR code with the browser's own reader. Where the browser has none, there is no button.
const place = document.querySelector(".scan");
if (place && "BarcodeDetector" in window && navigator.mediaDevices) {
  const [button, video, told] = place.children;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  let stream = null;

  // The part of a Digital Link that names the lot: any host, with or without a serial.
  const lot = (text) => {
    const path = URL.canParse(text) ? new URL(text).pathname : "";
    return (path.match(/^\/(?:01\/[^/]+\/10|p\/[^/]+)\/[^/]+/) || [""])[0];
  };
  const stop = () => {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.hidden = true;
  };
  const found = (text) => {
    const code = lot(text);
    const named = [...document.querySelectorAll("[data-code]")].find((each) => code && each.dataset.code === code);
    told.textContent = named ? "" : place.dataset.unknown;
    if (!named) return;
    stop();
    if (named.type === "checkbox") {
      named.checked = true;
      named.focus();
    } else named.click();
  };
  const look = async () => {
    if (!stream) return;
    const codes = await detector.detect(video).catch(() => []);
    if (codes.length) found(codes[0].rawValue);
    if (stream) setTimeout(look, 200);
  };
  button.addEventListener("click", async () => {
    if (stream) return stop();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      told.textContent = place.dataset.blocked;
      return;
    }
    video.srcObject = stream;
    video.hidden = false;
    await video.play();
    look();
  });
  addEventListener("pagehide", stop);
  place.hidden = false;
}
