// Comfort only: every page does its work without this file.

const root = document.documentElement;

function appearance() {
  const button = document.querySelector("[data-theme-switch]");
  if (!button) return;
  const names = { system: "selon le système", light: "claire", dark: "sombre" };
  const order = ["system", "light", "dark"];
  let now = root.getAttribute("data-fr-theme") ?? "system";
  const show = () => {
    button.textContent = `Apparence\u00a0: ${names[now]}`;
  };
  show();
  button.addEventListener("click", () => {
    now = order[(order.indexOf(now) + 1) % order.length];
    if (now === "system") root.removeAttribute("data-fr-theme");
    else root.setAttribute("data-fr-theme", now);
    try {
      if (now === "system") localStorage.removeItem("reuni-apparence");
      else localStorage.setItem("reuni-apparence", now);
    } catch {
      // Storage is refused: the choice lasts as long as the page.
    }
    show();
  });
}

// The combobox of the ARIA authoring practices: the focus stays in the box, the list follows what is typed.
function suggestions() {
  const input = document.querySelector("[data-suggest]");
  if (!input) return;
  const list = document.createElement("ul");
  list.id = "suggestions";
  list.className = "suggestions";
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  list.hidden = true;
  const said = document.createElement("p");
  said.className = "fr-sr-only";
  said.setAttribute("role", "status");
  input.parentElement.append(list, said);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let asked = 0;
  let timer = 0;
  let at = -1;

  const point = (to) => {
    const options = [...list.children];
    at = to;
    for (const [place, option] of options.entries()) option.setAttribute("aria-selected", String(place === at));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    }
  };
  const close = () => {
    asked += 1;
    clearTimeout(timer);
    list.hidden = true;
    said.textContent = "";
    input.setAttribute("aria-expanded", "false");
    point(-1);
  };
  const choose = (option) => {
    input.value = option.textContent;
    close();
  };
  const show = (found) => {
    list.replaceChildren(
      ...found.map((text, place) => {
        const option = document.createElement("li");
        option.id = `suggestion-${place}`;
        option.setAttribute("role", "option");
        option.textContent = text;
        return option;
      }),
    );
    point(-1);
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    const many = found.length > 1 ? "suggestions" : "suggestion";
    said.textContent = found.length > 0 ? `${found.length} ${many}` : "";
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const typed = input.value.trim();
    if (typed.length < 2 || typed.length > 200) {
      close();
      return;
    }
    timer = setTimeout(async () => {
      const turn = ++asked;
      let found = [];
      try {
        const answer = await fetch(`/api/v1/suggest?q=${encodeURIComponent(input.value)}`);
        if (answer.ok) found = (await answer.json()).suggestions;
      } catch {
        // The box works without suggestions.
      }
      if (turn === asked) show(found.filter((text) => text !== input.value));
    }, 150);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const many = list.children.length;
    if (event.key === "ArrowDown") point(at + 1 < many ? at + 1 : -1);
    else if (event.key === "ArrowUp") point(at < 0 ? many - 1 : at - 1);
    else if (event.key === "Enter" && at >= 0) choose(list.children[at]);
    else if (event.key === "Escape") {
      close();
      event.stopPropagation();
    } else return;
    event.preventDefault();
  });
  input.addEventListener("blur", close);
  // The press would take the focus out of the box, and close the list before the click.
  list.addEventListener("pointerdown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}

function keyboard() {
  const links = [...document.querySelectorAll("[data-hit-link]")];
  const question = document.getElementById("question");
  const typing = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (typing(event.target)) {
      if (event.key === "Escape" && event.target === question) question.blur();
      return;
    }
    const at = links.indexOf(document.activeElement);
    let to = null;
    if (event.key === "j") to = links[Math.min(at + 1, links.length - 1)];
    else if (event.key === "k") to = links[Math.max(at - 1, 0)];
    else if (event.key === "/") to = question;
    else if (event.key === "?") {
      const help = document.getElementById("rapide");
      if (help) help.showModal();
      else location.assign("/aide#au-clavier");
      event.preventDefault();
      return;
    }
    if (!to) return;
    event.preventDefault();
    to.focus();
    if (to === question) question.select();
    else to.closest("li")?.scrollIntoView({ block: "nearest" });
  });
}

function copying() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) return;
    const said = button.parentElement.querySelector("[data-copied]");
      button.addEventListener("click", async () => {
      const text = document.getElementById(button.dataset.copy).innerText.trim();
      try {
        await navigator.clipboard.writeText(text);
        said.textContent = button.dataset.copiedText;
      } catch {
        said.textContent = "La copie est refusée par le navigateur\u00a0: sélectionnez le texte ci-dessus";
      }
    });
  }
}

appearance();
copying();
suggestions();
keyboard();
