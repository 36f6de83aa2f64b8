// Fonds: sending files in pieces that resume, and following work. Without this file the forms send all at once.

const API = "/api/v1/drops/deliveries";

class Refused extends Error {}

async function ask(method, url, body, headers = {}) {
  const answer = await fetch(url, { method, body, headers });
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  const error = new Refused(`${problem.detail ?? "La demande a été refusée."} ${problem.remedy ?? ""}`);
  error.status = answer.status;
  throw error;
}

const asJson = (method, url, value) =>
  ask(method, url, JSON.stringify(value), { "content-type": "application/json" });

async function digest(piece) {
  if (!crypto.subtle) return "";
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", piece));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// The network may go and come back: each piece is tried again from where the server says it stands.
async function sendFile(delivery, file, path, pieceSize, told) {
  const announced = await asJson("POST", `${delivery}/files`, { path, size: file.size });
  let offset = announced.offset;
  let failures = 0;
  while (offset < file.size) {
    const piece = await file.slice(offset, offset + pieceSize).arrayBuffer();
    try {
      const headers = { "content-type": "application/octet-stream" };
      const hash = await digest(piece);
      if (hash) headers["x-piece-sha256"] = hash;
      const sent = await ask("PUT", `${delivery}/files/${announced.number}?offset=${offset}`, piece, headers);
      told(sent.offset - offset);
      offset = sent.offset;
      failures = 0;
    } catch (error) {
      const lasting = error instanceof Refused && error.status < 500 && ![409, 422, 429].includes(error.status);
      failures += 1;
      if (lasting || failures > 5) throw error;
      await pause(500 * 2 ** failures);
      const files = (await ask("GET", delivery)).files;
      offset = files.find((one) => one.number === announced.number).offset;
    }
  }
}

function chosen(form) {
  const [loose, folder] = [...form.querySelectorAll("input[type=file]")];
  const inside = [...(folder?.files ?? [])].map((file) => [file, file.webkitRelativePath.split("/").slice(1).join("/")]);
  return [...[...loose.files].map((file) => [file, file.name]), ...inside.filter(([, path]) => path)];
}

function deliveries() {
  const form = document.querySelector("[data-delivery]");
  if (!form) return;
  form.querySelector("[data-folder]").hidden = false;
  const box = form.querySelector("[data-progress]");
  const said = form.querySelector("[data-said]");
  const bar = box.querySelector("progress");
  form.addEventListener("submit", async (event) => {
    const files = chosen(form);
    event.preventDefault();
    box.hidden = false;
    if (!files.length) {
      said.textContent = "Choisissez des fichiers, une archive ou un dossier.";
      return;
    }
    const button = form.querySelector("button[type=submit]");
    const total = files.reduce((sum, [file]) => sum + file.size, 0);
    const fields = new FormData(form);
    const asked = { name: fields.get("nom"), compartment: fields.get("compartiment"), mode: fields.get("mode") };
    // The same drop of the same files goes on where it was cut, even after the page was closed.
    const key = `reuni-envoi ${JSON.stringify([asked, files.map(([file, path]) => [path, file.size])])}`.slice(0, 4000);
    button.disabled = true;
    let done = 0;
    const told = (bytes) => {
      done += bytes;
      bar.value = total ? done / total : 1;
    };
    try {
      let url = sessionStorage.getItem(key);
      const known = url ? await ask("GET", url).catch(() => null) : null;
      if (!known || known.job) {
        url = (await asJson("POST", API, asked)).url;
        sessionStorage.setItem(key, url);
      }
      done = known && !known.job ? known.files.reduce((sum, file) => sum + file.offset, 0) : 0;
      for (const [number, [file, path]] of files.entries()) {
        said.textContent = `Envoi du fichier ${number + 1} sur ${files.length}`;
        await sendFile(url, file, path, Number(form.dataset.piece), told);
      }
      said.textContent = "Envoi terminé, l’indexation commence";
      const job = await ask("POST", `${url}/index`);
      sessionStorage.removeItem(key);
      location.assign(`/fonds/travaux/${job.id}`);
    } catch (error) {
      said.textContent =
        error instanceof Refused
          ? error.message
          : "La liaison avec le serveur est coupée. Renvoyez le formulaire : l’envoi reprendra où il s’est arrêté.";
      button.disabled = false;
    }
  });
}

function jobs() {
  for (const box of document.querySelectorAll("[data-job]")) {
    const said = box.querySelector("[data-said]");
    const bar = box.querySelector("progress");
    const events = new EventSource(box.dataset.job);
    events.addEventListener("progress", (event) => {
      const job = JSON.parse(event.data);
      said.textContent = job.total ? `${job.stage}, ${job.done} sur ${job.total}` : job.stage || "En attente";
      if (job.total) {
        bar.max = job.total;
        bar.value = job.done;
      } else bar.removeAttribute("value");
    });
    events.addEventListener("end", () => {
      events.close();
      location.assign(box.dataset.here);
    });
  }
}

deliveries();
jobs();
