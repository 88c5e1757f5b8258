# SPDX-License-Identifier: LGPL-2.1-or-later
"""The pages of Lab Telecom's portal: HTML without a script and without anything from elsewhere."""

from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode

from .carrier_words import LANGUAGES

REASONS = ("no-longer-needed", "travel-ended", "switching-carrier", "too-expensive", "device-change", "poor-service",
           "other")

STYLE = """
:root{--ink:#16202c;--soft:#5b6875;--line:#d8dfe6;--brand:#0b5d6b;--tint:#e8f3f4;--bad:#a61b1b;--good:#16703c}
*{box-sizing:border-box}
body{margin:0;background:#f5f7f9;color:var(--ink);font:16px/1.55 system-ui,"Noto Sans","Noto Sans CJK SC",sans-serif}
a{color:var(--brand)}
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:.5rem;background:#fff;padding:.5rem}
header{background:#fff;border-bottom:1px solid var(--line)}
.bar{max-width:60rem;margin:auto;padding:.9rem 1.25rem;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center}
.brand{font-weight:700;font-size:1.2rem;color:var(--brand);text-decoration:none;margin-right:auto;white-space:nowrap}
.brand::before{content:"";display:inline-block;width:.8rem;height:.8rem;border-radius:50%;margin-right:.5rem;
background:conic-gradient(var(--brand) 270deg,#7fc4cd 0)}
nav{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem}
nav a,.bar button{color:var(--ink);text-decoration:none;font:inherit;white-space:nowrap}
nav a:hover,nav a[aria-current]{color:var(--brand);text-decoration:underline;text-underline-offset:.35rem}
.bar form{margin:0}.bar button{background:none;border:0;padding:0;cursor:pointer;color:var(--brand)}
main{max-width:38rem;margin:2rem auto;padding:0 1.25rem}
main.wide{max-width:60rem}
h1{font-size:1.7rem;line-height:1.25;margin:0 0 .5rem}
h2{font-size:1.1rem;margin:0 0 .35rem}
.lead{color:var(--soft);margin:0 0 1.25rem}
.card{background:#fff;border:1px solid var(--line);border-radius:12px;padding:1.5rem;margin:0 0 1.25rem}
.grid{display:grid;gap:1.25rem;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr))}
.grid .card{margin:0}
.field{margin:0 0 1.1rem}
label{display:block;font-weight:600;margin-bottom:.3rem}
label span,.hint{color:var(--soft);font-weight:400;font-size:.9rem}
.hint{margin:.3rem 0 0}
input,select,textarea{width:100%;font:inherit;padding:.6rem .7rem;border:1px solid #9aa7b3;border-radius:8px;
background:#fff;color:inherit}
textarea{min-height:6rem;resize:vertical}
input:focus,select:focus,textarea:focus,button:focus-visible,a:focus-visible{outline:3px solid #7fc4cd;outline-offset:1px}
.check{display:flex;gap:.7rem;align-items:flex-start}
.check input{width:1.2rem;height:1.2rem;margin:.2rem 0 0;flex:none}
.check label{font-weight:400;margin:0}
.bad input,.bad select,.bad textarea{border-color:var(--bad)}
.error{color:var(--bad);font-size:.92rem;margin:.3rem 0 0}
.note{border-left:4px solid var(--brand);background:var(--tint);padding:.8rem 1rem;border-radius:6px;margin:0 0 1.25rem}
.note.wrong{border-color:var(--bad);background:#fdeeee}
.button,.card button{display:inline-block;background:var(--brand);color:#fff;border:0;border-radius:8px;font:inherit;
font-weight:600;padding:.65rem 1.3rem;cursor:pointer;text-decoration:none}
.button.quiet{background:#fff;color:var(--brand);border:1px solid var(--brand)}
.row{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin-top:1.25rem}
dl{margin:0;display:grid;grid-template-columns:minmax(8rem,auto) 1fr;gap:.5rem 1.25rem}
dt{color:var(--soft)}dd{margin:0}
.number{font-size:1.5rem;font-weight:700;letter-spacing:.04em;font-variant-numeric:tabular-nums}
.progress{list-style:none;display:flex;margin:0 0 1.5rem;padding:0}
.progress li{flex:1;text-align:center;color:var(--soft);position:relative;padding-top:1.7rem;font-size:.95rem}
.progress li::before{content:"";position:absolute;top:.2rem;left:50%;width:1rem;height:1rem;margin-left:-.5rem;
border-radius:50%;background:#fff;border:2px solid #9aa7b3;z-index:1}
.progress li+li::after{content:"";position:absolute;top:.65rem;right:50%;width:100%;height:2px;background:#9aa7b3}
.progress .past::before,.progress .here::before{background:var(--brand);border-color:var(--brand)}
.progress .past+li::after{background:var(--brand)}
.progress .here{color:var(--ink);font-weight:600}
.progress .no::before{background:var(--bad);border-color:var(--bad)}
.progress .yes::before{background:var(--good);border-color:var(--good)}
footer{max-width:60rem;margin:2.5rem auto 1.5rem;padding:0 1.25rem;color:var(--soft);font-size:.9rem;display:flex;
flex-wrap:wrap;gap:.5rem 1.5rem;justify-content:space-between}
@media(max-width:30rem){dl{grid-template-columns:1fr;gap:.1rem}dd{margin-bottom:.7rem}}
"""


@dataclass
class View:
    """What every page knows: its words, its path, who is signed in, and the token of a form by its path."""

    words: object
    path: str
    query: dict = field(default_factory=dict)
    customer: object = None
    token: object = None


@dataclass
class Field:
    name: str
    label: str
    kind: str = "text"  # or of <input>; "choice", "words", "agree"
    hint: str = ""
    choices: tuple = ()
    autocomplete: str = "off"
    optional: bool = False


@dataclass
class Filled:
    """What was filled in, and what is wrong with it: a word for each field that is wrong."""

    values: dict = field(default_factory=dict)
    errors: dict = field(default_factory=dict)
    note: str = ""


def _page(view, title, body, wide=False):
    words = view.words
    links = [("/account", "menu-account"), ("/end", "menu-end"), ("/progress", "menu-progress"), ("/help", "menu-help")]
    menu = "".join(f'<a href="{path}"{" aria-current=page" if view.path.startswith(path) else ""}>{words(key)}</a>'
                   for path, key in links)
    if view.customer:
        door = (f'<form method="post" action="/logout">{_token(view, "/logout")}'
                f'<button>{words("sign-out")}</button></form>')
    else:
        door = f'<a href="/login">{words("sign-in")}</a>'
    tongues = " · ".join(f'<a href="{_tongue(view, key)}" hreflang="{tag}">{name}</a>' for key, (tag, name) in LANGUAGES.items()
                         if key != words.language)
    return f"""<!DOCTYPE html>
<html lang="{words.tag}"><head><meta charset="utf-8"><title>{escape(title)} – {words("brand")}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head><body>
<a class="skip" href="#content">{words("skip")}</a>
<header><div class="bar"><a class="brand" href="/">{words("brand")}</a><nav>{menu}</nav>{door}</div></header>
<main id="content"{' class="wide"' if wide else ""}>
{body}
</main>
<footer><span>{words("footer")}</span><span>{tongues}</span></footer>
</body></html>
"""


def _tongue(view, key):
    """The same page in another language."""
    return escape("?" + urlencode({**view.query, "lang": key}))


def _token(view, action):
    return f'<input type="hidden" name="token" value="{escape(view.token(action))}">'


def _control(view, asked, filled):
    """The element into which the answer goes."""
    value = escape(filled.values.get(asked.name, ""))
    marks = f'id="{asked.name}" name="{asked.name}"'
    if asked.name in filled.errors:
        marks += f' aria-invalid="true" aria-describedby="error-{asked.name}"'
    if asked.kind == "choice":
        options = "".join(f'<option value="{v}"{" selected" if v == value else ""}>{escape(shown)}</option>'
                          for v, shown in (("", view.words("reason-choose")), *asked.choices))
        return f"<select {marks}>{options}</select>"
    if asked.kind == "words":
        return f'<textarea {marks} maxlength="500">{value}</textarea>'
    if asked.kind == "agree":
        return f'<input type="checkbox" value="yes" {marks}{" checked" if value else ""}>'
    shown = "" if asked.kind == "password" else f' value="{value}"'
    return f'<input type="{asked.kind}" autocomplete="{asked.autocomplete}" {marks}{shown}>'


def _field(view, asked, filled):
    wrong = filled.errors.get(asked.name)
    error = (f'<p class="error" id="error-{asked.name}" data-field="{asked.name}">{escape(wrong)}</p>' if wrong else "")
    optional = f' <span>({view.words("optional")})</span>' if asked.optional else ""
    label = f'<label for="{asked.name}">{escape(asked.label)}{optional}</label>'
    hint = f'<p class="hint">{escape(asked.hint)}</p>' if asked.hint else ""
    control = _control(view, asked, filled)
    inner = f'<div class="check">{control}{label}</div>' if asked.kind == "agree" else label + control
    return f'<div class="field{" bad" if wrong else ""}">{inner}{hint}{error}</div>'


def _form(view, action, fields, filled, button, beside=""):
    known = {f.name: f.label for f in fields}
    named = [known.get(name, name) for name in filled.errors if name != "agree"]
    note = filled.note or (view.words("look-at", fields=view.words("list-comma").join(named)) if named else "")
    told = f'<p class="note wrong" role="alert">{escape(note)}</p>' if note else ""
    return (f'{told}<form class="card" method="post" action="{escape(action)}" novalidate>{_token(view, action)}'
            + "".join(_field(view, f, filled) for f in fields)
            + f'<div class="row"><button>{view.words(button)}</button>{beside}</div></form>')


def _head(view, title, lead=""):
    return f"<h1>{escape(title)}</h1>" + (f'<p class="lead">{escape(lead)}</p>' if lead else "")


def _table(rows):
    return "<dl>" + "".join(f"<dt>{escape(term)}</dt><dd>{value}</dd>" for term, value in rows) + "</dl>"


def _link(view, path, key, quiet=False):
    return f'<a class="button{" quiet" if quiet else ""}" href="{path}">{view.words(key)}</a>'


# The pages

def home(view):
    words = view.words
    body = (_head(view, words("home-title"), words("home-lead")) + '<div class="grid">'
            f'<section class="card"><h2>{words("menu-account")}</h2><p>{words("account-end-text")}</p>'
            f'{_link(view, "/account", "menu-account")}</section>'
            f'<section class="card"><h2>{words("menu-end")}</h2><p>{words("home-end")}</p>'
            f'{_link(view, "/end", "menu-end", True)}</section></div>')
    return _page(view, words("home-title"), body, wide=True)


def help_page(view):
    words = view.words
    cards = "".join(f'<section class="card"><h2>{words(key)}</h2><p>{words(key + "-text")}</p></section>'
                    for key in ("help-phone", "help-shop", "help-before"))
    return _page(view, words("help-title"), _head(view, words("help-title")) + cards)


def login(view, filled, after, saved=False):
    words = view.words
    fields = [Field("phone", words("phone"), "tel", words("phone-hint"), autocomplete="username"),
              Field("password", words("password"), "password", autocomplete="current-password")]
    action = f"/login?next={after}" if after else "/login"
    told = f'<p class="note" role="status">{words("password-saved")}</p>' if saved else ""
    beside = f'<a href="/forgotten">{words("forgotten")}</a>'
    return _page(view, words("login-title"),
                 _head(view, words("login-title")) + told + _form(view, action, fields, filled, "sign-in", beside))


def forgotten(view, filled):
    words = view.words
    fields = [Field("phone", words("phone"), "tel", words("phone-hint"), autocomplete="username")]
    return _page(view, words("forgotten-title"), _head(view, words("forgotten-title"), words("forgotten-lead"))
                 + _form(view, "/forgotten", fields, filled, "send-code"))


def enter_code(view, filled):
    words = view.words
    fields = [Field("code", words("code"), "text", words("code-hint"), autocomplete="one-time-code"),
              Field("password", words("new-password"), "password", words("new-password-hint"),
                    autocomplete="new-password")]
    return _page(view, words("code-title"), _head(view, words("code-title"), words("code-lead"))
                 + _form(view, "/forgotten/code", fields, filled, "save-password"))


def account(view):
    words, customer = view.words, view.customer
    plan = words(f"plan-{customer.kind}", amount=customer.money())
    rows = [(words("line"), customer.phone), (words("plan"), escape(plan)),
            (words("esim"), f"{customer.iccid[:6]}…{customer.iccid[-6:]}")]
    body = (_head(view, words("account-title", name=customer.name))
            + f'<section class="card">{_table(rows)}</section>'
            f'<section class="card"><h2>{words("account-end")}</h2><p>{words("account-end-text")}</p>'
            f'<div class="row">{_link(view, "/end", "menu-end", True)}</div></section>')
    return _page(view, words("menu-account"), body)


def identity(view, filled):
    words = view.words
    fields = [Field("name", words("name"), autocomplete="name"),
              Field("document", words("document"), hint=words("document-hint")),
              Field("born", words("born"), "date", autocomplete="bday")]
    return _page(view, words("identity-title"), _head(view, words("identity-title"), words("identity-lead"))
                 + _form(view, "/end/identity", fields, filled, "continue"))


def request_fields(words, required):
    """The fields of the ending form; `required`: what is asked for beyond the usual."""
    reasons = tuple((r, words(f"reason-{r}")) for r in REASONS)
    fields = [Field("phone", words("phone"), "tel", autocomplete="tel"),
              Field("iccid", words("iccid"), hint=words("iccid-hint"))]
    kinds = {"contact-mail": "email"}
    fields += [Field(name, words(name), kinds.get(name, "text")) for name in required if name != "comment"]
    return fields + [Field("reason", words("reason"), "choice", choices=reasons),
                     Field("comment", words("comment"), "words", optional="comment" not in required),
                     Field("agree", words("agree"), "agree")]


def request(view, filled, required, notice_days):
    words = view.words
    lead = words("end-lead", days=notice_days) if notice_days else words("end-lead-0")
    return _page(view, words("end-title"), _head(view, words("end-title"), lead)
                 + _form(view, "/end/request", request_fields(words, required), filled, "send-request"))


def _reference(view, submission):
    return f'<strong class="number" id="reference">{submission.reference}</strong>'


def received(view, submission, already=False):
    words = view.words
    kind = "already" if already else "received"
    rows = [(words("reference"), _reference(view, submission)),
            (words("submitted"), words.moment(submission.local)),
            (words("expected"), words.day(submission.expected))]
    body = (_head(view, words(f"{kind}-title"), words(f"{kind}-lead"))
            + f'<section class="card" data-{kind}="{submission.reference}">{_table(rows)}<div class="row">'
            f'{_link(view, "/done", "finish")}{_link(view, "/progress", "to-progress", True)}</div></section>')
    return _page(view, words(f"{kind}-title"), body)


def done(view):
    words = view.words
    return _page(view, words("done-title"), _head(view, words("done-title"), words("done-lead"))
                 + _link(view, "/progress", "to-progress", True))


def _stepper(view, state):
    last = state if state in ("approved", "rejected") else "decision"
    order = ["received", "in-review", last]
    at = order.index(state)
    ends = {"approved": " yes", "rejected": " no"}
    items = "".join(
        f'<li class="{"past" if n < at else "here" + ends.get(name, "") if n == at else "ahead"}"'
        f'{" aria-current=step" if n == at else ""}>{view.words("state-" + name)}</li>' for n, name in enumerate(order))
    return f'<ol class="progress">{items}</ol>'


def bill_words(words, submission):
    key = "final-bill-text" if submission.customer.kind == "monthly" else "refund-text"
    return words(key, amount=submission.amount)


def _request_card(view, submission, state):
    words = view.words
    rows = [(words("reference"), _reference(view, submission)), (words("line"), submission.customer.phone),
            (words("submitted"), words.moment(submission.local))]
    marks = f'data-state="{state}" data-expected="{submission.expected}"'
    if state in ("received", "in-review"):
        rows.append((words("expected"), words.day(submission.expected)))
    else:
        rows.append((words("decided"), words.day(submission.decided)))
    if state == "approved":
        marks += f' data-effective="{submission.effective}"'
        rows += [(words("effective"), f"<strong>{words.day(submission.effective)}</strong>"),
                 (words("final-bill"), escape(bill_words(words, submission)))]
    if state == "rejected":
        rows.append((words("why"), escape(submission.refusal)))
    after = f'<p class="hint">{words("again")}</p>' if state == "rejected" else ""
    return f'<section class="card" {marks}>{_stepper(view, state)}{_table(rows)}{after}</section>'


def progress(view, submissions, now):
    words = view.words
    cards = "".join(_request_card(view, s, s.state(now)) for s in submissions)
    none = f'<p class="card">{words("progress-none")}</p>'
    return _page(view, words("progress-title"), _head(view, words("progress-title")) + (cards or none))


def plain(view, kind):
    """A page that says one thing: "stale", "nothing" or "refused"."""
    words = view.words
    return _page(view, words(f"{kind}-title"), _head(view, words(f"{kind}-title"), words(f"{kind}-lead"))
                 + _link(view, "/", "back-home", True))
