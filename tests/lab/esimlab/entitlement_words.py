# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the pages around the entitlement server say, in English and in Chinese, and how they look."""

from html import escape

ENGLISH, CHINESE = 0, 1
TAGS = ("en", "zh-CN")

WORDS = {
    "brand": ("Lab Telecom", "实验电信"),
    "footer": ("Lab Telecom is invented. These pages belong to a laboratory.", "实验电信纯属虚构，这些页面属于实验环境。"),
    "login-title": ("Sign in", "登录"),
    "login-lead": ("Your device asks Lab Telecom on your behalf. Sign in so that we know that it is yours.",
                   "您的设备正在代您向实验电信提出请求。请登录，以便我们确认设备属于您。"),
    "phone": ("Phone number", "手机号码"),
    "password": ("Password", "密码"),
    "sign-in": ("Sign in", "登录"),
    "login-wrong": ("The phone number or the password is not right.", "手机号码或密码不正确。"),
    "code-title": ("One more step", "还差一步"),
    "code-lead": ("We sent a code to the number that ends with {digits}. It holds for ten minutes.",
                  "我们已向尾号为 {digits} 的号码发送验证码，十分钟内有效。"),
    "code": ("Code", "验证码"),
    "continue": ("Continue", "继续"),
    "code-wrong": ("This code is not right.", "验证码不正确。"),
    "stale": ("This page is too old. Begin again on your device.", "页面已过期，请在设备上重新开始。"),
    "bad-request": ("The address of this page is not complete.", "页面地址不完整。"),
    "end-title": ("End your line", "终止您的线路"),
    "end-lead": ("The line {msisdn} with the eSIM that ends with {digits}.", "线路 {msisdn}，eSIM 尾号 {digits}。"),
    "end-lead-short": ("The line with the eSIM that ends with {digits}.", "eSIM 尾号 {digits} 的线路。"),
    "reason": ("Why do you leave?", "您为什么要离开？"),
    "reason-travel": ("My journey is over", "旅行已结束"),
    "reason-price": ("It is too expensive", "费用太高"),
    "reason-other": ("Another reason", "其他原因"),
    "born": ("Your date of birth", "您的出生日期"),
    "born-hint": ("So that nobody else can end it.", "以防他人终止您的线路。"),
    "agree": ("I know that the number is lost with the line.", "我知道号码会随线路一起失去。"),
    "send": ("End the line", "终止线路"),
    "cancel": ("Keep the line", "保留线路"),
    "missing": ("Please fill this in.", "请填写此项。"),
    "born-wrong": ("This is not what our records say.", "与我们的记录不符。"),
    "agree-wrong": ("Please confirm this.", "请确认此项。"),
    "sent-title": ("We have your request", "已收到您的申请"),
    "sent-lead": ("Reference {reference}. The eSIM works until the review has ended; keep it until then.",
                  "受理编号 {reference}。审核结束之前 eSIM 仍可使用，请先保留。"),
    "close": ("You can close this page.", "您可以关闭本页。"),
    "kept-title": ("Your line stays", "您的线路已保留"),
    "kept-lead": ("Nothing was changed.", "未作任何更改。"),
    "delete-title": ("The eSIM can be deleted now", "现在可以删除 eSIM"),
    "delete-lead": ("The line ends when the eSIM has been deleted from this device.", "从本设备删除 eSIM 后，线路即告终止。"),
    "manage-title": ("Manage your line", "管理您的线路"),
    "manage-lead": ("Here you can change your plan, or end the line.", "您可以在此更改套餐或终止线路。"),
    "not-eligible-title": ("Not for this device", "不支持此设备"),
    "not-eligible-lead": ("This service is not there for your device or your plan.", "您的设备或套餐不支持此项服务。"),
    "nothing-title": ("Nothing is here", "此处没有内容"),
}

STYLE = """
:root{--ink:#16202c;--soft:#5b6875;--line:#d8dfe6;--brand:#0b5d6b;--bad:#a61b1b}
*{box-sizing:border-box}
body{margin:0;background:#f5f7f9;color:var(--ink);font:16px/1.55 system-ui,"Noto Sans","Noto Sans CJK SC",sans-serif}
header{background:#fff;border-bottom:1px solid var(--line);padding:.9rem 1.25rem;font-weight:700;color:var(--brand)}
main{max-width:28rem;margin:1.5rem auto;padding:0 1.25rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem}
.lead{color:var(--soft);margin:0 0 1.25rem}
form{background:#fff;border:1px solid var(--line);border-radius:12px;padding:1.25rem}
label{display:block;font-weight:600;margin:0 0 .3rem}
.field{margin:0 0 1.1rem}
.hint{color:var(--soft);font-size:.9rem;margin:.3rem 0 0}
.error{color:var(--bad);font-size:.92rem;margin:.3rem 0 0}
input,select{width:100%;font:inherit;padding:.6rem .7rem;border:1px solid #9aa7b3;border-radius:8px;background:#fff;color:inherit}
.check{display:flex;gap:.7rem;align-items:flex-start}.check input{width:1.2rem;height:1.2rem;margin:.2rem 0 0;flex:none}
.check label{font-weight:400;margin:0}
input:focus,select:focus,button:focus-visible{outline:3px solid #7fc4cd;outline-offset:1px}
.row{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem}
button{background:var(--brand);color:#fff;border:1px solid var(--brand);border-radius:8px;font:inherit;font-weight:600;
padding:.65rem 1.3rem;cursor:pointer}
button.quiet{background:#fff;color:var(--brand)}
[hidden]{display:none}
footer{max-width:28rem;margin:2rem auto;padding:0 1.25rem;color:var(--soft);font-size:.9rem}
"""


def choose_language(accepted):
    """By Accept-Language: the first of a browser's wishes, by their weights, that is there."""
    wishes = []
    for number, part in enumerate((accepted or "").split(",")):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wishes.append((-float(weight or 1), number, tag.strip().lower()))
        except ValueError:
            continue
    for _, _, tag in sorted(wishes):
        if tag.split("-")[0] in ("en", "zh"):
            return CHINESE if tag.startswith("zh") else ENGLISH
    return ENGLISH


class Speaker:
    """speaker (name, **what stands in it) -> the words, ready for HTML."""

    def __init__(self, accepted):
        self.language = choose_language(accepted)
        self.tag = TAGS[self.language]

    def __call__(self, name, /, **parts):
        return escape(self.plain(name, **parts))

    def plain(self, name, /, **parts):
        """For JSON."""
        return WORDS[name][self.language].format(**parts)


def page(say, title, body, script="", nonce=""):
    """title: a name of WORDS. script: JavaScript of our own, with the nonce that the answer's policy names."""
    code = f'<script nonce="{nonce}">{script}</script>' if script else ""
    return f"""<!DOCTYPE html>
<html lang="{say.tag}"><head><meta charset="utf-8"><title>{say(title)} – {say("brand")}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{STYLE}</style></head><body>
<header>{say("brand")}</header>
<main>
{body}
</main>
<footer>{say("footer")}</footer>
{code}</body></html>
""".encode()


def heading(say, title, lead, **parts):
    return f'<h1>{say(title)}</h1><p class="lead">{say(lead, **parts)}</p>'


def text_field(say, name, kind="text", value="", error="", hint="", autocomplete="off"):
    more = f'<p class="hint">{say(hint)}</p>' if hint else ""
    wrong = f'<p class="error" data-field="{name}">{say(error)}</p>' if error else ""
    return (f'<div class="field"><label for="{name}">{say(name)}</label><input id="{name}" name="{name}" type="{kind}" '
            f'value="{escape(value)}" autocomplete="{autocomplete}">{more}{wrong}</div>')
