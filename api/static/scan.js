// Scanning with the camera where the browser can read codes; everywhere else the field takes what a scanner types.
const button = document.getElementById("scan"), box = document.getElementById("camera");
const KINDS = ["data_matrix", "qr_code", "code_128", "ean_13", "code_39"];
const EVERY_MS = 150;

async function ready() {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return [];
  try { return (await BarcodeDetector.getSupportedFormats()).filter((kind) => KINDS.includes(kind)); } catch { return []; }
}

function show(video, close) {
  const aim = document.createElement("p");
  aim.textContent = button.dataset.aim;
  const end = document.createElement("button");
  end.type = "button"; end.textContent = button.dataset.close; end.onclick = close;
  box.replaceChildren(aim, video, end);
  box.hidden = false;
  end.focus();
}

async function scan(formats) {
  let stream;
  try { stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }); }
  catch { box.textContent = button.dataset.denied; box.hidden = false; document.getElementById("q").focus(); return; }
  const video = document.createElement("video"), detector = new BarcodeDetector({ formats });
  video.muted = true; video.playsInline = true; video.srcObject = stream;
  let open = true;
  const close = () => { open = false; stream.getTracks().forEach((track) => track.stop()); box.hidden = true; box.replaceChildren(); button.focus(); };
  show(video, close);
  await video.play();
  while (open) {
    const [code] = await detector.detect(video).catch(() => []);
    if (open && code) { close(); location.href = button.dataset.asset + encodeURIComponent(code.rawValue); return; }
    await new Promise((later) => setTimeout(later, EVERY_MS));
  }
}

if (button) ready().then((formats) => { if (formats.length) { button.hidden = false; button.onclick = () => scan(formats); } });
