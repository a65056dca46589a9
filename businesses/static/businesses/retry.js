/* Retries one batch after another. Without this script the form does so, 100 rows at a time. */
"use strict";

(() => {
    const BATCH = 20; // about a second of Cognito's quota, so Cancel waits no longer than that
    const MOST_ROWS = 500; // limits the successful rows; failed rows stay, however many there are

    const form = document.getElementById("retry-form");
    if (!form) return;
    const [start, cancel] = [form.querySelector("[type=submit]"), document.getElementById("retry-cancel")];
    const progress = document.getElementById("retry-progress");
    const bar = progress.querySelector("progress");
    const status = document.getElementById("retry-status");
    const problem = document.getElementById("retry-problem");
    const body = document.querySelector("#retry-rows tbody");

    const isAll = form.elements.namedItem("position") !== null;
    let left = [...form.querySelectorAll("[name=sub]")].map((input) => input.value);
    let position = isAll ? form.elements.namedItem("position").value : null;
    const counts = new Map();
    const counted = Number(form.dataset.total) || left.length;
    const isMore = "more" in form.dataset; // whether there are more rows than were counted
    let cancelled = false;

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        run();
    });
    cancel.addEventListener("click", () => {
        cancelled = true;
        cancel.disabled = true;
        say("Stopping after this batch.");
    });

    const isOver = () => (isAll ? position === null : left.length === 0);
    const done = () => [...counts.values()].reduce((sum, count) => sum + count, 0);

    async function run() {
        cancelled = false;
        problem.replaceChildren();
        start.hidden = true;
        cancel.hidden = cancel.disabled = progress.hidden = false;
        progress.focus(); // not Cancel, which a repeating Enter key would press
        say("");
        let told = null;
        while (!isOver() && !cancelled && !told) told = await retryBatch();
        cancel.hidden = true;
        if (told) tell(told);
        if (!isOver()) {
            start.textContent = "Continue";
            start.hidden = false;
            start.focus();
        }
        const isDone = isOver() && !told;
        say(isDone ? "Done." : "Stopped. Rows without a result are unchanged.", isDone);
    }

    /* Send one batch and show its results; return the problem that ended it early, or null. */
    async function retryBatch() {
        const form_data = new URLSearchParams({ size: BATCH });
        if (isAll) form_data.set("position", position);
        else left.slice(0, BATCH).forEach((sub) => form_data.append("sub", sub));
        let answer;
        try {
            answer = await ask(form_data);
        } catch (error) {
            return { message: error.message, hint: "Completed work is recorded. Continue, or reload the page." };
        }
        if (!answer.results) return answer.problem;
        answer.results.forEach(show);
        if (isAll) position = answer.next;
        else {
            const tried = new Set(answer.results.map((result) => result.sub));
            left = left.filter((sub) => !tried.has(sub));
        }
        say("");
        return answer.problem;
    }

    async function ask(form_data) {
        const token = form.elements.namedItem("csrfmiddlewaretoken").value;
        const response = await fetch(form.action, {
            method: "POST",
            headers: { Accept: "application/json", "X-CSRFToken": token },
            body: form_data,
        });
        if (response.headers.get("Content-Type") !== "application/json") {
            const why = response.redirected ? "You are no longer logged in." : `The site answered ${response.status}.`;
            throw new Error(why);
        }
        return response.json();
    }

    function show(result) {
        counts.set(result.result, (counts.get(result.result) ?? 0) + 1);
        const known = body.querySelector(`tr[data-sub="${CSS.escape(result.sub)}"]`);
        const row = known ?? newRow(result);
        if (row === null) return;
        const cell = row.querySelector(".result");
        const word = document.createElement("strong");
        word.textContent = `${result.result}.`;
        cell.classList.toggle("fine", result.fine);
        cell.classList.toggle("warning", !result.fine);
        cell.replaceChildren(word, ` ${result.text}`);
    }

    /* Add a row at the top. Returns null for a success once MOST_ROWS rows are shown. */
    function newRow(result) {
        if (result.fine && body.rows.length >= MOST_ROWS) return null;
        const row = body.insertRow(0);
        row.dataset.sub = result.sub;
        const head = document.createElement("th");
        head.scope = "row";
        const link = document.createElement("a");
        if (result.url) link.href = result.url;
        link.textContent = result.title;
        head.append(link);
        row.append(head);
        const columns = document.querySelectorAll("#retry-rows thead th").length;
        const cell = row.insertCell();
        cell.colSpan = columns - 1;
        cell.className = "result";
        return row;
    }

    function tell({ message, hint }) {
        const note = document.createElement("p");
        note.className = "errornote";
        note.textContent = `${message} ${hint}`;
        problem.replaceChildren(note);
    }

    /* Show the progress. With more rows than were counted, the end of the bar keeps moving on. */
    function say(how, isDone = false) {
        const so_far = done();
        bar.max = Math.max(1, counted, so_far + (isMore && !isDone ? BATCH : 0));
        bar.value = isDone ? bar.max : so_far;
        const parts = [...counts].map(([word, count]) => `${count.toLocaleString("en")} ${word}`);
        status.textContent = [far(so_far, isDone), parts.join(", "), how].filter(Boolean).join(" · ");
    }

    function far(so_far, isDone) {
        const words = so_far.toLocaleString("en");
        if (isMore && isDone) return `${words} in all`;
        if (isMore) return so_far < counted ? `${words} of more than ${counted.toLocaleString("en")}` : `${words} so far`;
        return `${words} of ${Math.max(counted, so_far).toLocaleString("en")}`;
    }
})();
