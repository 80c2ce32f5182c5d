"""Debian's Chromium, headless, on a page of a file: what it shows, logs and asks the network for."""
import base64
import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile
import time

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError as error:  # said where it is needed, not while tests are collected
    webdriver = None
    MISSING = error

INSTALL = "tools/install_packages tools/debian-packages-browser.txt installs what is missing"

ROOT = pathlib.Path(__file__).parents[2]
# Everything that axe-core has for the levels A and AA of WCAG 2, and its best practices.
AXE = """const done = arguments[0];
axe.run(document, {resultTypes: ["violations"]}).then(
  (found) => done(found.violations.map((v) => [v.id, v.nodes.map((n) => n.html).slice(0, 3)])),
  (error) => done([["axe-core", String(error)]]))"""


class Page:
    def __init__(self, driver):
        self.driver = driver
        self.requests = []

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def cdp(self, method, **parameters):
        return self.driver.execute_cdp_cmd(method, parameters)

    def size(self, width, height, phone=False):
        self.cdp("Emulation.setDeviceMetricsOverride", width=width, height=height,
                 deviceScaleFactor=2 if phone else 1, mobile=phone)
        self.cdp("Emulation.setTouchEmulationEnabled", enabled=phone)
        self.wait(f"innerWidth === {width}")

    def scheme(self, name, media=""):
        self.cdp("Emulation.setEmulatedMedia", media=media,
                 features=[{"name": "prefers-color-scheme", "value": name},
                           {"name": "prefers-reduced-motion", "value": "reduce"}])

    def open(self, path):
        self.driver.get(pathlib.Path(path).resolve().as_uri())

    def computing_seconds(self, path):
        """How long the page's thread computes until it is loaded and shows its first figures."""
        self.driver.get("about:blank")
        self.cdp("Performance.setTimeDomain", timeDomain="threadTicks")
        self.cdp("Performance.enable")
        self.open(path)
        metrics = {m["name"]: m["value"] for m in self.cdp("Performance.getMetrics")["metrics"]}
        self.cdp("Performance.disable")
        return metrics["TaskDuration"]

    def wait(self, condition, seconds=30):
        """Until the JavaScript expression is true."""
        end = time.monotonic() + seconds
        while not self.js(f"return Boolean({condition})"):
            assert time.monotonic() < end, f"not within {seconds} s: {condition}"
            time.sleep(0.05)

    def drawn(self):
        self.wait('document.documentElement.dataset.drawn === "all"')

    def problems(self):
        """Messages of the console that are errors or warnings, CSP violations among them."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]

    def asked_for(self):
        """Addresses that were requested, apart from the page and what is inside it."""
        addresses = []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                addresses.append(message["params"]["request"]["url"])
        return [a for a in addresses if not a.startswith(("data:", "blob:", "chrome:"))]

    def marks(self):
        """{figure: how many shapes it drew} of the page."""
        return self.js("""return Object.fromEntries([...document.querySelectorAll("figure")].map((f) => [
          f.dataset.figures, f.querySelectorAll(".points path, .point path, .lines path, .errorbar, .hm image," +
          ".js-line, .trace").length]))""")

    def violations(self):
        """What axe-core finds wrong with the page. It is kept in build/npm like Plotly, and fetched once."""
        path = ROOT / "build" / "npm" / "axe.min.js"
        subprocess.run([ROOT / "tools" / "fetch_npm", "axe-core", path], check=True)
        # As the driver of the browser, past the page's own policy.
        self.cdp("Runtime.evaluate", expression=path.read_text(encoding="utf-8"))
        return self.driver.execute_async_script(AXE)

    def screenshot(self, path, whole=True):
        height = self.js("return document.documentElement.scrollHeight") if whole else 0
        clip = {"x": 0, "y": 0, "scale": 1, "height": height,
                "width": self.js("return document.documentElement.clientWidth")}
        shot = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=whole,
                        **({"clip": clip} if whole else {}))
        pathlib.Path(path).write_bytes(base64.b64decode(shot["data"]))

    def pdf(self, path):
        printed = self.cdp("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        pathlib.Path(path).write_bytes(base64.b64decode(printed["data"]))


@contextlib.contextmanager
def browser():
    assert webdriver is not None, f"{MISSING}; {INSTALL}"
    programs = {name: shutil.which(name) for name in ("chromium", "chromedriver")}
    assert all(programs.values()), f"no {' or '.join(programs)}; {INSTALL}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = webdriver.ChromeOptions()
        options.binary_location = programs["chromium"]
        for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                     "--disable-background-networking", "--disable-component-update", "--disable-sync",
                     "--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(service=Service(programs["chromedriver"]), options=options)
        try:
            yield Page(driver)
        finally:
            driver.quit()
