# SPDX-License-Identifier: LGPL-2.1-or-later
"""A real browser without a window, driven by Chromium's DevTools protocol over a pipe, as a client's web view would be: it can
stop at an address instead of going there, bring a body along, and give a page an object of the client's own."""

import base64
import hashlib
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
import time

from cryptography.hazmat.primitives import serialization

PROGRAM = "chromium"
PATIENCE = 30
# What a page sees of the client: names of calls go out over the binding, and nothing comes back.
BRIDGE = """
(() => {
  if (window !== window.top || !ORIGINS.includes(location.origin)) return;
  const report = window.labServiceFlow;
  const flow = {};
  for (const name of NAMES) flow[name] = (...args) => { report(JSON.stringify({name, args})); };
  Object.defineProperty(window, "ODSAServiceFlow", {value: Object.freeze(flow)});
})();
"""


def available():
    return shutil.which(PROGRAM) is not None


def key_pin(certificate):
    """Of a certificate, as Chromium wants it."""
    octets = certificate.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(octets).digest()).decode()


class Failed(Exception):
    """The browser said no."""


class Chromium:
    """`with Chromium({"login.lab.example": port}, [certificate], language="en") as browser:` leads these names to the
    laboratory and believes these certificates; other names lead nowhere.

    calls: what pages called of the object that offer() gave them, as (name, arguments). stopped: where stop_at() stopped it.
    asked: addresses that the browser wanted to load.
    """

    def __init__(self, ports, certificates, language="en"):
        self.calls, self.asked = [], []
        self.stopped = None
        self._folder = tempfile.TemporaryDirectory(prefix="esim-lab-browser-", ignore_cleanup_errors=True)
        rules = [f"MAP {host}:443 127.0.0.1:{port}" for host, port in ports.items()] + ["MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"]
        pins = ",".join(key_pin(one) for one in certificates)
        command = [PROGRAM, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self._folder.name}",
                   f"--host-resolver-rules={','.join(rules)}", f"--ignore-certificate-errors-spki-list={pins}",
                   "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync",
                   "--disable-component-update", "--disable-extensions", "--disable-dev-shm-usage",
                   "--window-size=480,860", f"--lang={language}", f"--accept-lang={language}"]
        if os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses to be root's with it
        ours_in, theirs_out = os.pipe()
        theirs_in, ours_out = os.pipe()
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{theirs_in} 4>&{theirs_out}', "bash", *command], pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            env={**os.environ, "HOME": self._folder.name, "NO_PROXY": "*"})
        os.close(theirs_in)
        os.close(theirs_out)
        self._in, self._out = os.fdopen(ours_in, "rb"), os.fdopen(ours_out, "wb", 0)
        self._answers, self._number, self._lock = {}, 0, threading.Condition()
        self._events, self._gone = queue.Queue(), False
        self._stop_prefix = self._post = None
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._act, daemon=True).start()
        self._session = None
        try:
            self._open_page()
        except BaseException:
            self.close()
            raise

    def _open_page(self):
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime"):
            self.send(f"{domain}.enable")
        self.send("Fetch.enable", patterns=[{"urlPattern": "*", "requestStage": "Request"}])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self._process.poll() is None:
            try:
                self.send("Browser.close", page=False)
            except (Failed, OSError):
                self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)
        self._events.put(None)
        self._out.close()
        self._folder.cleanup()

    # The protocol: JSON with a zero behind it, each way

    def send(self, command, /, page=True, **parameters):
        """One command and its result. Failed where the browser refuses or is gone."""
        with self._lock:
            self._number += 1
            number = self._number
        told = {"id": number, "method": command, "params": parameters}
        if page and self._session:
            told["sessionId"] = self._session
        self._out.write(json.dumps(told).encode() + b"\0")
        deadline = time.monotonic() + PATIENCE
        with self._lock:
            while number not in self._answers:
                left = deadline - time.monotonic()
                if left <= 0 or self._gone:
                    raise Failed(f"{command}: no answer")
                self._lock.wait(left)
            answer = self._answers.pop(number)
        if "error" in answer:
            raise Failed(f"{command}: {answer['error'].get('message')}")
        return answer["result"]

    def _read(self):
        held = b""
        while octets := self._in.read1(65536):
            *whole, held = (held + octets).split(b"\0")
            for message in map(json.loads, whole):
                if "id" in message:
                    with self._lock:
                        self._answers[message["id"]] = message
                        self._lock.notify_all()
                else:
                    self._events.put(message)
        with self._lock:
            self._gone = True
            self._lock.notify_all()

    def _act(self):
        """On what the browser tells by itself; on a thread of its own, for it sends commands too."""
        while (event := self._events.get()) is not None:
            told = event.get("params", {})
            try:
                if event["method"] == "Fetch.requestPaused":
                    self._let_pass(told)
                elif event["method"] == "Runtime.bindingCalled":
                    call = json.loads(told["payload"])
                    with self._lock:
                        self.calls.append((call["name"], call["args"]))
                        self._lock.notify_all()
            except (Failed, OSError, ValueError):
                continue  # the page went away meanwhile

    def _let_pass(self, told):
        url, post = told["request"]["url"], None
        is_page = told.get("resourceType") == "Document"
        with self._lock:
            self.asked.append(url)
            stop = is_page and self._stop_prefix is not None and url.split("?")[0] == self._stop_prefix
            if stop:
                self.stopped = url
            elif is_page and self._post and self._post[0] == url:
                post, self._post = self._post, None
            self._lock.notify_all()
        if stop:
            self.send("Fetch.failRequest", requestId=told["requestId"], errorReason="Aborted")
        elif post:
            headers = [{"name": name, "value": value} for name, value in told["request"]["headers"].items()]
            self.send("Fetch.continueRequest", requestId=told["requestId"], method="POST",
                      postData=base64.b64encode(post[1]).decode(), headers=[*headers, {"name": "Content-Type", "value": post[2]}])
        else:
            self.send("Fetch.continueRequest", requestId=told["requestId"])

    # What a client does with a web view

    def stop_at(self, address):
        """Never load this address, whatever stands behind its "?": `stopped` is where it would have gone."""
        with self._lock:
            self._stop_prefix, self.stopped = address, None

    def offer(self, names, origins):
        """Pages of these origins, in the main frame alone, get an ODSAServiceFlow with these functions."""
        self.send("Runtime.addBinding", name="labServiceFlow")
        script = BRIDGE.replace("ORIGINS", json.dumps(list(origins))).replace("NAMES", json.dumps(list(names)))
        self.send("Page.addScriptToEvaluateOnNewDocument", source=script)

    def go(self, address, body=None, kind=None):
        """Load a page, with a body by POST if there is one; returns when it is there, or when it was stopped."""
        with self._lock:
            self._post = (address, body, kind) if body is not None else None
        self.send("Page.navigate", url=address)
        self.wait(lambda: self.stopped or (self.evaluate("document.readyState") == "complete"
                                           and self.evaluate("location.href") != "about:blank"))

    def evaluate(self, expression):
        told = self.send("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in told:
            raise Failed(told["exceptionDetails"].get("text", "") + str(told["result"].get("description", "")))
        return told["result"].get("value")

    def text(self, selector):
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.textContent?.trim() ?? null")

    def fill(self, selector, value):
        """As somebody who types: the value, and the events that come with it."""
        self.evaluate("(() => { const field = document.querySelector(%s); field.focus(); field.value = %s;"
                      "field.dispatchEvent(new Event('input', {bubbles: true}));"
                      "field.dispatchEvent(new Event('change', {bubbles: true})); })()" % (json.dumps(selector), json.dumps(value)))

    def click(self, selector):
        """With the mouse, where it stands on the page."""
        spot = self.evaluate("(() => { const one = document.querySelector(%s); one.scrollIntoView({block: 'center'});"
                             "const box = one.getBoundingClientRect();"
                             "return [box.x + box.width / 2, box.y + box.height / 2]; })()" % json.dumps(selector))
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1)

    def wait(self, look, seconds=PATIENCE):
        """Until this is true; what it gave. Failed if it takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if got := look():
                    return got
            except Failed:
                if self._gone:
                    raise
            if time.monotonic() > deadline:
                raise Failed("it took too long")
            with self._lock:
                self._lock.wait(0.05)

    def picture(self, path):
        """A screenshot of what can be seen."""
        path.write_bytes(base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"]))
        return path
