# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tools/demo says, in English and in Chinese."""

import os

ENGLISH, CHINESE = 0, 1

WORDS = {
    "title": ("esimd: a contract and a profile, ended in order",
              "esimd：依次终止合约、移除配置文件"),
    "intro": ("This is a laboratory: a modem, a card with three profiles, an operator's server, a carrier's portal, a "
              "message bus and a clock, all of them in software on this machine. Between them stands the real daemon, "
              "and the commands below are the real ones. Nothing outside the laboratory is touched. The carrier is Lab "
              "Telecom, whose steps are modelled on those of a real carrier. All times are Bangkok's, and days pass in "
              "seconds.",
              "这是一个实验环境：调制解调器、带有三个配置文件的卡、运营商服务器、运营商网站、消息总线和时钟，都是在本机上运行的"
              "软件。连接它们的是真正的守护进程，下面的命令也是真正的命令。实验环境之外的东西一概不受影响。运营商名为实验电信，"
              "其办理步骤参照了一家真实运营商。所有时间均为曼谷时间，一天只需片刻。"),
    "local-title": ("esimd: a profile and its end",
                    "esimd：一个配置文件的注销全过程"),
    "local-intro": ("This is a laboratory: a modem, a card with three profiles, an operator's server and a message bus, "
                    "all of them in software on this machine. Between them stands the real daemon, and the commands "
                    "below are the real ones. Nothing outside the laboratory is touched.",
                    "这是一个实验环境：调制解调器、带有三个配置文件的卡、运营商服务器和消息总线，都是在本机上运行的软件。连接它们的"
                    "是真正的守护进程，下面的命令也是真正的命令。实验环境之外的东西一概不受影响。"),
    "ts43-title": ("esimd: a line and a profile, ended by themselves",
                   "esimd：自动终止线路并移除配置文件"),
    "ts43-intro": ("This is a laboratory: a modem, a card with three profiles, an operator's server, a carrier's entitlement "
                   "server (GSMA TS.43) with its home network, a message bus and a clock, all of them in software on this "
                   "machine. Between them stands the real daemon, and the commands below are the real ones. Nothing outside the "
                   "laboratory is touched. No carrier is known to end lines in this way yet; this one does. All times are "
                   "Bangkok's, and days pass in seconds.",
                   "这是一个实验环境：调制解调器、带有三个配置文件的卡、运营商服务器、运营商的授权服务器（GSMA TS.43）及其归属网络、"
                   "消息总线和时钟，都是在本机上运行的软件。连接它们的是真正的守护进程，下面的命令也是真正的命令。实验环境之外的东西"
                   "一概不受影响。目前尚未听说有运营商以这种方式终止线路，这一家可以。所有时间均为曼谷时间，一天只需片刻。"),
    "up": ("The laboratory is up ({time}).", "实验环境已就绪（{time}）。"),
    "now": ("It is now {time}.", "现在是 {time}。"),
    "status": ("Is the service there, and what has it found?", "服务在运行吗？它找到了什么？"),
    "list": ("The profiles on the card. “{name}” is in use; it is the one that we no longer want.",
             "卡上的配置文件。“{name}”正在使用，也正是我们不再需要的那一个。"),
    "match": ("With whom is the contract? The profile names its owner, and the carrier directory knows it.",
              "合约是与谁签订的？配置文件中写有其归属，运营商目录能认出它。"),
    "dry-run": ("First only a look: what would stand in the way, and what else should we know? Nothing is changed.",
                "先只检查一下：有没有阻碍，还有哪些事应当知道？这一步不做任何更改。"),
    "portal-dry-run": ("First only a look: what would stand in the way, what else hangs on the contract, what is needed "
                       "for the carrier? Nothing is changed.",
                       "先只检查一下：有没有阻碍，合约还牵涉哪些事，向运营商办理需要准备什么？这一步不做任何更改。"),
    "portal-deregister": ("Now in earnest. The service asks what it must know, and leads to the carrier's pages.",
                          "现在正式开始。服务会询问必须知道的事，并引导到运营商的网页。"),
    "portal-typed": ("A person answers here, and meanwhile goes through the carrier's pages over HTTPS; what they do "
                     "there stands after “›”. This demonstration plays that person.",
                     "有人在这里回答，同时通过 HTTPS 访问运营商的网页；其在网页上的操作标以“›”。此人由本演示扮演。"),
    "portal-options": ("Without a terminal nobody can be asked, so options answer. What the person does on the carrier's "
                       "pages over HTTPS meanwhile stands after “›”; this demonstration plays that person.",
                       "没有终端就无法提问，因此用选项回答。其间用户通过 HTTPS 在运营商网页上的操作标以“›”；此人由本演示扮演。"),
    "ts43-deregister": ("Now in earnest. The card proves to the carrier which line this is, as it does to a network: no name, no "
                        "password, no page. The service asks what the carrier says of the line, and then for its end, once.",
                        "现在正式开始。卡向运营商证明自己是哪条线路，如同向网络证明一样：无需姓名、密码或网页。服务先查询线路的状态，再提出"
                        "终止申请，仅此一次。"),
    "ts43-typed": ("It asks for consent; this demonstration types the answer.", "它会征求同意，由本演示代为输入回答。"),
    "ts43-options": ("Without a terminal nobody can be asked: the consent is given by options.",
                     "没有终端就无法提问，因此用选项表示同意。"),
    "ts43-carrier": ("The carrier's own view: {vectors} authentication(s) by the card, {submissions} request(s) to end the line, "
                     "answered with “{answer}”.",
                     "运营商看到的：卡鉴权 {vectors} 次，终止申请 {submissions} 份，答复为“{answer}”。"),
    "ts43-review": ("The carrier reviews for three days. The service asks now and then, with the card's help where it must, and "
                    "the machine may be restarted meanwhile.",
                    "运营商审核三天。服务会不时查询，必要时由卡再次鉴权；其间电脑可以重启。"),
    "ts43-polls": ("It asked {count} times in {days} days.", "{days} 天内查询了 {count} 次。"),
    "ts43-removal": ("The carrier says that the line has ended. Once is not enough: the service asks again an hour later at the "
                     "earliest, and only then removes “{name}”.",
                     "运营商表示线路已终止。一次还不够：服务至少一小时后再次查询，之后才移除“{name}”。"),
    "check-sim": ("the carrier knew the line by its card alone", "运营商仅凭卡就确认了线路"),
    "check-strict": ("the carrier's server found nothing wrong in any request", "运营商的服务器没有发现任何请求有误"),
    "check-polls": ("the carrier was asked a dozen times at most", "查询运营商不超过十二次"),
    "check-evidence": ("nothing was disabled or deleted before the carrier had said twice that the line has ended",
                       "运营商两次表示线路已终止之前，没有停用或删除任何东西"),
    "check-digest": ("the receipt names what the carrier's server said, by SHA-256", "凭证以 SHA-256 记录了运营商服务器的答复"),
    "too-often": ("{count} times", "{count} 次"),
    "ts43-contract": ("That the line has ended is what the carrier's server said; the receipt says so too.",
                      "线路已终止是运营商服务器的答复，凭证中也如此注明。"),
    "person-wrong-password": ("The person signs in, and the carrier says: {words}", "用户登录，运营商提示：{words}"),
    "person-code": ("A mail comes, “{subject}”: {code}. The person sets a new password with it.",
                    "收到邮件“{subject}”：{code}。用户凭此设置新密码。"),
    "person-logged-in": ("The person signs in with the new password: “{title}”.", "用户用新密码登录：“{title}”。"),
    "person-identity": ("They prove who they are, and the carrier shows “{title}”.", "用户完成身份核验，网站显示“{title}”。"),
    "person-forgot": ("The person sends the form, but one field is empty. The carrier says: {words} ({why})",
                      "用户提交表单，但漏填了一项。网站提示：{words}（{why}）"),
    "person-sent": ("Filled in and sent again. Taken: reference {reference}, an answer is promised by {day}.",
                    "填好后再次提交。已受理：受理编号 {reference}，承诺于 {day} 前答复。"),
    "person-looks": ("The carrier's page shows: {state}.", "运营商网页显示：{state}。"),
    "person-mail": ("The mail is there, too: “{subject}”, effective date {day}, saved as {file}.",
                    "邮件也到了：“{subject}”，生效日期 {day}，已保存为 {file}。"),
    "review": ("The carrier reviews, on working days only. The command has ended; the machine may be switched off. Days "
               "pass.", "运营商只在工作日审核。命令已经退出，电脑可以关机。几天过去了。"),
    "restart": ("The service is stopped and started, as when a machine is. It knows where it stands:",
                "服务停止后重新启动，如同电脑重启。它仍记得进展："),
    "confirm": ("The carrier has written. The same command comes back to what is open, and takes down what the carrier "
                "said. Of the mail, name, size and SHA-256 are kept; the mail stays with the person.",
                "运营商已来信。同一条命令会回到未完成的注销，记下运营商的答复。对于邮件，只记录名称、大小和 SHA-256；邮件"
                "仍由用户自己保管。"),
    "notice": ("The notice runs, and “{name}” stays usable. Nothing is deleted before its end. Three days before, the "
               "service reminds.", "通知期内“{name}”仍可使用，到期之前不会删除任何东西。到期前三天，服务会提醒。"),
    "removal": ("The contract's last evening: “{name}” is still there. After midnight the service removes it by itself, "
                "makes sure that it is gone, and tells the operator's server.",
                "合约的最后一晚：“{name}”仍在卡上。零点过后，服务自行将其移除，确认它已不在卡上，并通知运营商的服务器。"),
    "local-deregister": ("Now in earnest. The service looks again, asks, copies the card's signed notifications to disk, "
                         "disables the profile, deletes it, makes sure that it is gone, and tells the operator's server.",
                         "现在正式开始。服务会再检查一次并征求同意，把卡上已签名的通知保存到磁盘，停用并删除配置文件，确认它已不在"
                         "卡上，然后通知运营商的服务器。"),
    "local-typed": ("It will ask; this demonstration types the answer.", "它会提问，由本演示代为输入回答。"),
    "local-options": ("Without a terminal nobody can be asked: the consent is given by two options.",
                      "没有终端就无法提问，因此用两个选项表示同意。"),
    "list-again": ("The profiles once more: “{name}” should be gone, the others as they were.",
                   "再看一次配置文件：“{name}”应当已经不在，其余的保持原样。"),
    "notifications": ("What still has to be told to an operator's server? Nothing, if it took what it was sent.",
                      "还有什么要告诉运营商的服务器吗？如果它已接受所有通知，就应当没有了。"),
    "receipt": ("The receipt: what was asked, what the eUICC signed, what this machine saw, and what the person stated, "
                "each said to be that.",
                "凭证：请求的内容、eUICC 签名的内容、本机观察到的内容和用户陈述的内容，逐项注明。"),
    "receipt-files": ("As a file, to keep or to hand on, and as a page to print.", "存为文件，可以保存或转交他人；另存一份可打印的网页。"),
    "receipt-file": ("The receipt as a file, to keep or to hand on: what was asked, what the eUICC signed, what this "
                     "machine saw.",
                     "把凭证存为文件，可以保存或转交他人：其中写明了请求的内容、eUICC 签名的内容，以及本机观察到的内容。"),
    "verify": ("Anybody can check that file without the card and without the service: the signature, and whose it is, with "
               "root certificates from elsewhere (here, the laboratory's).",
               "任何人都可以检查这个文件，既不需要卡，也不需要服务：用另行取得的根证书（这里是实验环境的根证书）验证签名及签名者。"),
    "checks": ("Do not take the service's word for it. The laboratory's own view:",
               "不能只听服务的一面之词。下面是实验环境自己看到的："),
    "check-commands": ("every command ended as it should", "每条命令都以应有的结果结束"),
    "check-once": ("the carrier counted one request, and no second one", "运营商只收到一份申请，没有第二份"),
    "check-not-before": ("nothing was disabled or deleted before the contract had ended", "合约结束之前，没有停用或删除任何东西"),
    "check-until-then": ("the profile was on the card until then", "在此之前，配置文件一直在卡上"),
    "check-told": ("the receipt names the carrier's reference and day, and the mail by its SHA-256",
                   "凭证写有受理编号、生效日期和邮件的 SHA-256"),
    "check-card": ("the card no longer has the profile", "卡上已没有这个配置文件"),
    "check-others": ("the card's other profiles are as they were", "卡上其余的配置文件保持原样"),
    "check-smdp": ("the operator's server took the notification of the deletion, with signature, certificates and order "
                   "verified", "运营商的服务器接受了删除通知，签名、证书链和顺序均已核验"),
    "check-left": ("no notification is left on the card", "卡上没有遗留通知"),
    "check-receipt": ("the receipt is verified", "凭证通过验证"),
    "submitted-times": ("it counted {count}", "收到 {count} 份"),
    "no-mail": ("no mail of the carrier came", "没有收到运营商的邮件"),
    "no-end": ("the carrier has ended no contract", "运营商没有终止任何合约"),
    "no-reminder": ("there was no reminder", "没有收到提醒"),
    "too-early": ("the card was told so on {time}", "卡在 {time} 收到了这样的命令"),
    "gone-early": ("it was gone on {time}", "{time} 时已不在卡上"),
    "not-seen": ("it was not seen on the last evening", "最后一晚没有看到它"),
    "not-in-receipt": ("it does not", "凭证中没有"),
    "is-there": ("the profile is still on the card", "配置文件仍在卡上"),
    "others-changed": ("they are now {seen}", "现在是 {seen}"),
    "not-taken": ("it took none for this profile", "它没有接受关于这个配置文件的删除通知"),
    "violation": ("it complains: {words}", "它提出异议：{words}"),
    "left-over": ("{count} are left", "还剩 {count} 条"),
    "exit-code": ("“{command}” ended with {code}", "“{command}”以代码 {code} 结束"),
    "too-long": ("“{command}” took more than {seconds} s and was stopped", "“{command}”超过 {seconds} 秒，已被中止"),
    "portal-no": ("the carrier's portal: {words}", "运营商网站：{words}"),
    "no-receipt": ("there is no completed deregistration of this profile", "没有这个配置文件的已完成的注销记录"),
    "good": ("All of it is as it should be. The whole took {time}.", "一切正常。总共用时 {time}。"),
    "bad": ("Not as it should be: {count} of the checks failed. The whole took {time}.",
            "有问题：{count} 项检查未通过。总共用时 {time}。"),
    "refusing": ("Asked for with --refuse: the operator's server takes nothing. This demonstration has to fail.",
                 "按照 --refuse 的要求：运营商的服务器拒绝一切通知。本演示应当失败。"),
    "contract": ("The carrier's end of the contract is what the person stated; the receipt says so too.",
                 "合约在运营商处的终止是用户的陈述，凭证中也如此注明。"),
    "local-contract": ("What was removed is the profile. A contract with an operator ends at the operator.",
                       "移除的只是配置文件。与运营商的合约仍须在运营商处终止。"),
    "stay": ("The laboratory stays up until you leave this shell.", "在您退出这个 shell 之前，实验环境会一直保留。"),
}

DAYS = (("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), ("周一", "周二", "周三", "周四", "周五", "周六", "周日"))
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def wants_chinese(environment=None):
    """As gettext would choose: LANGUAGE before LC_ALL before LC_MESSAGES before LANG."""
    environment = os.environ if environment is None else environment
    named = [environment.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    locale = next((name for name in named if name), "C")
    if locale in ("C", "POSIX"):
        return False
    first = (environment.get("LANGUAGE") or locale).split(":")[0]
    return first.startswith("zh") and not first.startswith(("zh_TW", "zh_HK", "zh_Hant"))


class Speaker:
    """speaker (name, **what stands in it) -> the words."""

    def __init__(self, language):
        self.language = language

    def __call__(self, name, /, **parts):
        return WORDS[name][self.language].format(**parts)

    def time(self, seconds):
        return f"{seconds:.2f} 秒" if self.language == CHINESE else f"{seconds:.2f} s"

    def day(self, moment):
        """A day of a line of days."""
        name = DAYS[self.language][moment.weekday()]
        if self.language == CHINESE:
            return f"{moment.month}月{moment.day}日{name}"
        return f"{name} {moment.day} {MONTHS[moment.month - 1]}"

    def moment(self, moment):
        if self.language == CHINESE:
            return f"{moment.year}年{self.day(moment)} {moment:%H:%M}"
        return f"{self.day(moment)} {moment.year}, {moment:%H:%M}"
