/* Goes on with a run batch after batch, retries single rows in place, and asks for what the page
   does not know yet. Without this script, the same forms do so one request at a time. */
"use strict";

(() => {
    const BATCH = 20; // about a second of Cognito's quota, so Stop waits no longer than that
    const RECENT = 6; // batches' ends between which the pace is taken
    const WAITS = [0, 1, 3, 7]; // seconds before each time that a form is sent
    const OF_PROXIES = [502, 503]; // what they answer once a process of the site has ended over a request
    const MOST_ROWS = 200; // as on the page that the site sends; failures are all shown

    /* Send a form to the site; return its JSON. The token is read each time, since it changes with
       every login. Whoever is logged out meanwhile is led through the login back to this page. What
       no process of the site has answered is sent again.
       times: seconds before each time; a single one for what must not be done twice. waits: called
       before each but the first. */
    async function send(url, fields, times = WAITS, waits = () => {}) {
        let response = null;
        for (const seconds of times) {
            if (seconds) waits();
            await new Promise((resolve) => { window.setTimeout(resolve, seconds * 1000); });
            const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
            const given = document.querySelector("[name=csrfmiddlewaretoken]").value;
            response = await fetch(url, {
                method: "POST",
                headers: { Accept: "application/json", "X-CSRFToken": cookie ? cookie[1] : given },
                body: new URLSearchParams(fields),
            }).catch(() => null);
            if (response && (isJson(response) || !OF_PROXIES.includes(response.status))) break;
        }
        if (!response) throw new Error("The site does not answer.");
        if (response.redirected) {
            location.reload();
            return new Promise(() => {});
        }
        if (!isJson(response)) throw new Error(`The site answered ${response.status}.`);
        return response.json();
    }

    function isJson(response) {
        return (response.headers.get("Content-Type") ?? "").startsWith("application/json");
    }

    function element(name, text, attributes = {}) {
        const made = document.createElement(name);
        made.textContent = text;
        Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
        return made;
    }

    function badge(name, state) {
        const made = element(name, "", { class: "state" });
        made.innerHTML = state; // rendered and escaped by the site
        return made;
    }

    function linked(text, url) {
        return url ? element("a", text, { href: url }) : document.createTextNode(text);
    }

    /* A run. */
    function follow(form) {
        const here = form.getAttribute("action");
        const [bar, status] = [form.querySelector("progress"), document.getElementById("run-status")];
        const [start, stop] = [document.getElementById("run-start"), document.getElementById("run-stop")];
        const [problem, again] = [document.getElementById("run-problem"), document.getElementById("run-again")];
        const undo = document.getElementById("run-undo");
        const parts = { fine: document.getElementById("run-fine"), others: document.getElementById("run-others") };
        const counts = { fine: Number(form.dataset.fine), others: Number(form.dataset.others) };
        const times = "repeatable" in form.dataset ? WAITS : WAITS.slice(0, 1);
        const [total, isMore] = [Number(form.dataset.total), "more" in form.dataset];
        let [isOver, isStopped] = ["over" in form.dataset, false];

        if ("go" in form.dataset) {
            history.replaceState(null, "", here); // so that a reload does not begin again what was stopped
            sessionStorage.setItem(here, "going");
        }
        if (isOver) sessionStorage.removeItem(here);
        else if (sessionStorage.getItem(here)) run(); // as the login, or another page, was in between
        form.addEventListener("submit", (event) => {
            if (event.submitter !== start) return;
            event.preventDefault();
            run();
        });
        stop?.addEventListener("click", () => {
            isStopped = stop.disabled = true;
            sessionStorage.removeItem(here);
            say("Stopping after this batch.");
        });

        async function run() {
            const marks = [mark()];
            isStopped = false;
            problem.replaceChildren();
            sessionStorage.setItem(here, "going");
            start.hidden = true;
            stop.hidden = stop.disabled = false;
            if (undo) undo.hidden = true;
            status.tabIndex = -1;
            status.focus(); // not Stop, which a repeating Enter key would press
            say("");
            let told = null;
            while (!isOver && !isStopped && !told) {
                told = await batch();
                marks.push(mark());
                say(isOver || isStopped ? "" : pace(marks.slice(-RECENT)));
            }
            stop.hidden = true;
            sessionStorage.removeItem(here);
            if (told) problem.replaceChildren(element("p", `${told.message} ${told.hint}`, { class: "errornote" }));
            if (again) again.hidden = !isOver;
            if (undo) undo.hidden = false;
            if (!isOver) {
                start.textContent = "Continue";
                start.hidden = false;
                start.focus();
            }
            say(isOver ? "Finished." : "Stopped. Rows without a result are unchanged.");
            // Somebody else has done a part, which the history knows.
            if (isOver && !isMore && counts.fine + counts.others < total) location.reload();
        }

        /* Do one batch and show its results; return the problem that ended it early, or null. */
        async function batch() {
            let answer;
            try {
                answer = await send(here, { size: BATCH }, times, () => say("The site does not answer. Trying again."));
            } catch (error) {
                return { message: error.message, hint: "Completed work is recorded. Continue, or reload the page." };
            }
            if (!answer.results) return answer.problem;
            answer.results.forEach(show);
            isOver = answer.over;
            return answer.problem;
        }

        function show(result) {
            const name = result.fine ? "fine" : "others";
            counts[name] += 1;
            const part = parts[name];
            part.hidden = false;
            part.querySelector(".count").textContent = counts[name].toLocaleString("en");
            const body = result.fine ? part.querySelector("tbody") : bodyOf(part, result.reason);
            const row = body.insertRow(result.fine ? 0 : 1);
            row.dataset.sub = result.sub;
            const head = element("th", "", { scope: "row" });
            head.append(linked(result.title, result.url));
            row.append(head, badge("td", result.state));
            const cell = element("td", `${result.text} `, { class: "result" });
            if (result.business_url) cell.append(linked("Open the business", result.business_url));
            row.append(cell);
            if (result.fine && body.rows.length > MOST_ROWS) body.deleteRow(-1);
        }

        /* Return the rows that failed for a reason, counted in their heading; the most frequent come first. */
        function bodyOf(part, reason) {
            const table = part.querySelector("table");
            let body = [...table.tBodies].find((each) => each.dataset.reason === reason);
            if (!body) {
                body = table.createTBody();
                body.dataset.reason = reason;
                const head = element("th", "", { colspan: 3, scope: "rowgroup" });
                const [shape, number] = [element("span", "✗", { "aria-hidden": true }), element("span", "0", { class: "of-reason" })];
                head.append(shape, ` ${reason}: `, number);
                const row = body.insertRow();
                row.className = "reason";
                row.append(head);
            }
            const number = body.querySelector(".of-reason");
            number.textContent = Number(number.textContent) + 1;
            const before = body.previousElementSibling;
            if (before?.matches("tbody") && before.rows.length < body.rows.length + 1) before.before(body);
            return body;
        }

        function mark() {
            return { at: performance.now(), done: counts.fine + counts.others };
        }

        /* Say how fast the last batches were: others who retry at the same time share the rate. */
        function pace(marks) {
            const [first, last] = [marks[0], marks.at(-1)];
            const rate = (last.done - first.done) / (last.at - first.at) * 1000;
            const left = total - counts.fine - counts.others;
            if (rate === 0) return "";
            const speed = `${rate.toFixed(rate < 10 ? 1 : 0)} a second`;
            if (isMore || left <= 0) return speed;
            const time = left / rate;
            return `${speed}, about ${time < 90 ? `${Math.ceil(time)} seconds` : `${Math.round(time / 60)} minutes`} left`;
        }

        /* Show the progress. With more rows than were counted, the end of the bar keeps moving on. */
        function say(how) {
            const done = counts.fine + counts.others;
            bar.max = Math.max(1, total, done + (isMore && !isOver ? BATCH : 0));
            bar.value = isOver ? bar.max : done;
            form.classList.toggle("fine", counts.fine > 0 && !counts.others);
            form.classList.toggle("failed", counts.others > 0 && !counts.fine);
            form.classList.toggle("mixed", counts.others > 0 && counts.fine > 0);
            const far = isMore && !isOver ? `${done.toLocaleString("en")} so far` : `${done.toLocaleString("en")} of ${Math.max(isOver ? done : total, done).toLocaleString("en")}`;
            const look = counts.others ? `, ${counts.others.toLocaleString("en")} to look at` : "";
            status.textContent = [far, `${counts.fine.toLocaleString("en")} done${look}`, how].filter(Boolean).join(" · ");
        }
    }

    /* A row of the list: retry it, and let it show its new state. */
    async function retryRow(button) {
        const cell = button.closest("td");
        button.disabled = true;
        let answer;
        try {
            answer = await send(button.getAttribute("formaction"), { sub: button.value });
        } catch (error) {
            answer = { problem: { message: error.message, hint: "Reload the page to see whether it was done." } };
        }
        button.disabled = false;
        const result = answer.results?.[0];
        const told = element("span", "", { role: "status", class: `told ${result?.fine ? "fine" : "warning"}` });
        cell.querySelector(".told")?.remove();
        cell.append(told); // first empty, so that a screen reader reads what comes
        told.textContent = result ? result.text : `${answer.problem.message} ${answer.problem.hint}`;
        if (!result?.fine) return;
        button.replaceWith(badge("span", result.state));
        if (result.business_url) told.append(" ", linked("Open the business", result.business_url));
        cell.closest("tr").querySelector(".action-select")?.remove();
    }

    /* The accounts that Cognito was not asked for yet: a few in each request. */
    async function askForAccounts(note) {
        const FEW = 20;
        const rows = [...document.querySelectorAll("tr[data-ask]")];
        let unknown = 0;
        for (let start = 0; start < rows.length; start += FEW) {
            const some = rows.slice(start, start + FEW);
            const query = new URLSearchParams(some.map((row) => ["sub", row.dataset.sub]));
            const joint = note.dataset.url.includes("?") ? "&" : "?";
            const address = `${note.dataset.url}${joint}${query}`;
            const answers = await statesFrom(address).catch(() => []);
            const found = new Map(answers.map((answer) => [answer.sub, answer]));
            for (const row of some) {
                const answer = found.get(row.dataset.sub);
                if (!answer || !renew(row, answer)) unknown += 1;
            }
        }
        note.textContent = unknown ? `Whether ${unknown} of these ${unknown === 1 ? "is" : "are"} confirmed could not be found out. It makes no difference to what a retry does.` : "";
    }

    /* The rows that the site answers; none if it answers with an error or with a login. */
    async function statesFrom(address) {
        const response = await fetch(address, { headers: { Accept: "application/json" } });
        return response.ok && !response.redirected ? (await response.json()).rows : [];
    }

    /* Show what is known of a row by now; return whether that includes the account. */
    function renew(row, answer) {
        const made = document.createElement("template");
        made.innerHTML = answer.html; // rendered and escaped by the site
        const fresh = made.content.querySelector("tr");
        if (answer.exception) {
            row.remove();
            document.querySelector("#exceptions tbody").append(fresh);
            document.getElementById("retry-exceptions").hidden = false;
        } else row.replaceWith(fresh);
        return !("ask" in fresh.dataset);
    }

    const [form, note] = [document.getElementById("run"), document.getElementById("retry-asking")];
    if (form) follow(form);
    if (note) askForAccounts(note);
    document.getElementById("changelist-form")?.addEventListener("click", (event) => {
        const button = event.target.closest("button.retry-now");
        if (!button) return;
        event.preventDefault();
        retryRow(button);
    });
})();
