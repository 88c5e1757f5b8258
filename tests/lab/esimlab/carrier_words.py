# SPDX-License-Identifier: LGPL-2.1-or-later
"""The words of Lab Telecom's portal and of its mails, in English and Chinese."""

LANGUAGES = {"en": ("en", "English"), "zh": ("zh-CN", "中文")}

WORDS = {
    # Around every page
    "brand": ("Lab Telecom", "实验电信"),
    "menu-account": ("My account", "我的账户"),
    "menu-end": ("End a contract", "终止合约"),
    "menu-progress": ("Progress", "办理进度"),
    "menu-help": ("Help", "帮助"),
    "sign-in": ("Sign in", "登录"),
    "sign-out": ("Sign out", "退出"),
    "footer": ("Lab Telecom exists in a laboratory only. No real contract is ended here.",
               "实验电信只存在于实验环境中，这里不会终止任何真实合约。"),
    "back-home": ("Back to the start page", "返回首页"),
    "skip": ("Skip to content", "跳到正文"),

    # Start page and help
    "home-title": ("Mobile plans without surprises", "明明白白的移动套餐"),
    "home-lead": ("See your plan, pay your bill, or leave us: all of it online, at any hour.",
                  "查看套餐、支付账单或办理解约，全程在线，全天可用。"),
    "home-end": ("You can end a monthly contract here. The review takes one to three working days, and you can follow "
                 "it on the progress page.",
                 "月结合约可在此终止。审核需要一至三个工作日，您可随时在进度页查询。"),
    "help-title": ("How to reach us", "联系我们"),
    "help-phone": ("By phone", "电话"),
    "help-phone-text": ("1500 from our network, +66 2 000 1500 from abroad. Monday to Friday 08:00–20:00, Saturday "
                        "09:00–17:00 (Bangkok).",
                        "本网拨打 1500，境外请拨 +66 2 000 1500。周一至周五 08:00–20:00，周六 09:00–17:00（曼谷时间）。"),
    "help-shop": ("In the shop", "营业厅"),
    "help-shop-text": ("1 Example Road, Bangkok. Every day 10:00–20:00. Please bring your identity document.",
                       "曼谷示例路 1 号，每天 10:00–20:00，请携带身份证件。"),
    "help-before": ("Before you leave", "解约前请注意"),
    "help-before-text": ("Give your bank and your mail another number first: codes that are sent to this one will not "
                         "reach you any more. Your eSIM keeps working until the contract's last day.",
                         "请先为银行和邮箱账户更换号码：解约后您将收不到发往此号码的验证码。eSIM 在合约最后一天之前仍可使用。"),

    # Signing in
    "login-title": ("Sign in to your account", "登录您的账户"),
    "phone": ("Phone number", "手机号码"),
    "phone-hint": ("The number of the line, for example 081 000 0013", "本线路的号码，例如 081 000 0013"),
    "password": ("Password", "密码"),
    "forgotten": ("Forgotten your password?", "忘记密码？"),
    "login-wrong": ("The phone number or the password is not right.", "手机号码或密码不正确。"),
    "login-locked": ("There were too many attempts. Try again after {time}, or set a new password.",
                     "尝试次数过多。请于 {time} 之后重试，或重设密码。"),

    # A forgotten password
    "forgotten-title": ("Set a new password", "重设密码"),
    "forgotten-lead": ("We send a code to the mail address of your contract.", "我们会将验证码发送到合约登记的邮箱。"),
    "send-code": ("Send a code", "发送验证码"),
    "code-title": ("Enter the code", "输入验证码"),
    "code-lead": ("If this number is ours, a code is on its way to your mail. It holds for 15 minutes.",
                  "如果该号码属于本公司，验证码已发送到您的邮箱，15 分钟内有效。"),
    "code": ("Code", "验证码"),
    "code-hint": ("Six digits", "六位数字"),
    "new-password": ("New password", "新密码"),
    "new-password-hint": ("At least 8 characters", "至少 8 个字符"),
    "code-wrong": ("This code is not right, or too old.", "验证码不正确或已过期。"),
    "password-short": ("The password needs at least 8 characters.", "密码至少需要 8 个字符。"),
    "save-password": ("Save the password", "保存密码"),
    "password-saved": ("The new password is saved. You can sign in now.", "新密码已保存，请登录。"),

    # Account
    "account-title": ("Hello, {name}", "{name}，您好"),
    "line": ("Line", "线路"),
    "plan": ("Plan", "套餐"),
    "plan-monthly": ("Monthly bill, {amount} a month", "月结套餐，每月 {amount}"),
    "plan-prepaid": ("Prepaid, balance {amount}", "预付费，余额 {amount}"),
    "esim": ("eSIM (ICCID)", "eSIM（ICCID）"),
    "account-end": ("Want to leave?", "想要解约？"),
    "account-end-text": ("Have your identity document and the last six digits of your ICCID at hand.",
                         "请准备好身份证件和 ICCID 的后六位。"),

    # Identity
    "identity-title": ("Who are you?", "身份核验"),
    "identity-lead": ("Before a contract ends we make sure that its owner asks. Nothing need be uploaded.",
                      "终止合约前需要确认由机主本人申请，无需上传证件照片。"),
    "name": ("Name as on the document", "证件上的姓名"),
    "document": ("Document number", "证件号码"),
    "document-hint": ("Passport or identity card", "护照或身份证"),
    "born": ("Date of birth", "出生日期"),
    "continue": ("Continue", "继续"),
    "not-ours": ("This is not what our records say.", "与登记信息不符。"),

    # The request
    "end-title": ("End your contract", "终止合约"),
    "end-lead": ("The notice period is {days} days from today. Requests after 17:00 or on a weekend count from the "
                 "next working day.",
                 "通知期自今日起为 {days} 天。17:00 之后或周末提交的申请自下一工作日起计算。"),
    "end-lead-0": ("There is no notice period. Requests after 17:00 or on a weekend count from the next working day.",
                   "没有通知期。17:00 之后或周末提交的申请自下一工作日起计算。"),
    "iccid": ("Last six digits of the ICCID", "ICCID 后六位"),
    "iccid-hint": ("Your phone or computer shows it among the eSIM's details", "可在手机或电脑的 eSIM 详细信息中查看"),
    "iccid-wrong": ("This is not the eSIM of the line.", "与该线路的 eSIM 不符。"),
    "phone-wrong": ("This is not the number of your line.", "这不是您线路的号码。"),
    "reason": ("Why do you leave?", "解约原因"),
    "reason-choose": ("Please choose", "请选择"),
    "reason-no-longer-needed": ("I do not need it any more", "不再需要"),
    "reason-travel-ended": ("My journey is over", "旅行结束"),
    "reason-switching-carrier": ("I go to another carrier", "更换运营商"),
    "reason-too-expensive": ("Too expensive", "资费过高"),
    "reason-device-change": ("I change my device", "更换设备"),
    "reason-poor-service": ("Poor coverage or service", "信号或服务不佳"),
    "reason-other": ("Another reason", "其他原因"),
    "comment": ("What else should we know?", "补充说明"),
    "optional": ("optional", "选填"),
    "contract-number": ("Contract number", "合约编号"),
    "bank-account": ("Bank account for what we owe you", "退款银行账户"),
    "contact-mail": ("Mail address for our answer", "接收答复的邮箱"),
    "agree": ("I understand that the number is given to somebody else later, and that the final bill falls due.",
              "我了解该号码日后会分配给他人，并须结清最后一期账单。"),
    "send-request": ("Send the request", "提交申请"),
    "list-comma": (", ", "、"),
    "missing": ("Please fill this in.", "请填写此项。"),
    "missing-agree": ("Please agree, or the contract cannot end.", "请勾选同意，否则无法终止合约。"),
    "look-at": ("Please look at: {fields}", "请检查：{fields}"),

    # After the request
    "received-title": ("We have your request", "申请已受理"),
    "received-lead": ("Please keep this number. You need it when you ask us about the request.",
                      "请保存受理编号，查询进度时需要使用。"),
    "reference": ("Reference", "受理编号"),
    "submitted": ("Submitted", "提交时间"),
    "expected": ("Answer expected by", "预计答复日期"),
    "to-progress": ("See the progress", "查看进度"),
    "finish": ("Done", "完成"),
    "already-title": ("There is a request already", "已有申请"),
    "already-lead": ("For this line we have a request under the number below. You need not do anything.",
                     "该线路已有受理中的申请，编号如下，您无需再次提交。"),
    "done-title": ("You can close this window", "您可以关闭此窗口"),
    "done-lead": ("We write to you as soon as there is news.", "有结果后我们会立即通过邮件通知您。"),

    # Progress
    "progress-title": ("Where your request stands", "办理进度"),
    "progress-none": ("There is no request for your lines.", "您的线路目前没有申请。"),
    "state-received": ("Received", "已受理"),
    "state-in-review": ("In review", "审核中"),
    "state-approved": ("Approved", "已批准"),
    "state-rejected": ("Rejected", "未通过"),
    "state-decision": ("Decision", "审核结果"),
    "decided": ("Decided", "审核日期"),
    "effective": ("Last day of the contract", "合约最后一天"),
    "final-bill": ("Final bill", "最后一期账单"),
    "final-bill-text": ("{amount}, by automatic payment within 14 days", "{amount}，将在 14 天内自动扣款"),
    "refund-text": ("{amount} of balance is paid back if you ask for it", "余额 {amount} 可申请退还"),
    "why": ("Why", "原因"),
    "again": ("You can send a new request at any time, or call 1500.", "您可以随时重新提交申请，或致电 1500。"),

    # What goes wrong
    "stale-title": ("This page was open for too long", "页面已过期"),
    "stale-lead": ("Nothing was sent. Please open the page again.", "内容未提交，请重新打开页面。"),
    "nothing-title": ("There is no such page", "页面不存在"),
    "nothing-lead": ("Perhaps the address was mistyped.", "请检查网址是否正确。"),
    "refused-title": ("We cannot take this", "无法处理"),
    "refused-lead": ("What came is not what our form sends.", "收到的内容与表单不符。"),

    # Mails
    "mail-code-subject": ("Your code for Lab Telecom", "实验电信验证码"),
    "mail-code": ("Somebody, we hope you, wants to set a new password.\n\nCode: {code}\n\nIt holds for 15 minutes. If it was "
                  "not you, nothing need be done.",
                  "有人（希望是您本人）申请重设密码。\n\n验证码：{code}\n\n15 分钟内有效。若非本人操作，请忽略本邮件。"),
    "mail-received-subject": ("We have your request {reference}", "已收到您的申请 {reference}"),
    "mail-received": ("We have your request to end the contract for {phone}.\n\nReference: {reference}\nAnswer expected by: "
                      "{expected}\n\nYou can follow it at https://portal.lab.example/progress",
                      "我们已收到您终止 {phone} 合约的申请。\n\n受理编号：{reference}\n预计答复日期：{expected}\n\n"
                      "进度查询：https://portal.lab.example/progress"),
    "mail-approved-subject": ("Your contract ends: {reference}", "合约终止确认：{reference}"),
    "mail-approved": ("Your contract for {phone} ends.\n\nReference: {reference}\nEffective date: {effective}\nFinal bill: "
                      "{bill}\n\nYour eSIM works until the end of that day (Bangkok time).",
                      "您 {phone} 的合约将终止。\n\n受理编号：{reference}\n生效日期：{effective}\n最后一期账单：{bill}\n\n"
                      "在该日结束（曼谷时间）之前，eSIM 仍可使用。"),
    "mail-rejected-subject": ("Your request {reference} was not approved", "申请 {reference} 未获批准"),
    "mail-rejected": ("We could not end your contract for {phone}.\n\nReference: {reference}\nReason: {why}\n\nYou can send a "
                      "new request at any time, or call 1500.",
                      "我们未能终止您 {phone} 的合约。\n\n受理编号：{reference}\n原因：{why}\n\n"
                      "您可以随时重新提交申请，或致电 1500。"),
    "mail-hello": ("Dear {name},", "尊敬的{name}："),
    "mail-bye": ("Lab Telecom", "实验电信"),
}


class Words:
    """The words in one language: words("reference")."""

    def __init__(self, language):
        self.language = language if language in LANGUAGES else "en"
        self.tag = LANGUAGES[self.language][0]
        self._index = list(LANGUAGES).index(self.language)

    def __call__(self, key, **values):
        text = WORDS[key][self._index]
        return text.format(**values) if values else text

    def day(self, day):
        """A date as people write it."""
        if self.language == "zh":
            return f"{day.year}年{day.month}月{day.day}日"
        months = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
                  "November", "December")
        return f"{day.day} {months[day.month - 1]} {day.year}"

    def moment(self, moment):
        return f"{self.day(moment)} {moment:%H:%M}"


def choose_language(accepted):
    """The language that a browser's Accept-Language prefers among ours."""
    found = []
    for part in (accepted or "").split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if tag.split("-")[0].lower() in LANGUAGES and weight > 0:
            found.append((weight, tag.split("-")[0].lower()))
    return max(found, key=lambda pair: pair[0])[1] if found else "en"
