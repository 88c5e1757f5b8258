# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tools/demo says, in English and in Chinese."""

import os

ENGLISH, CHINESE = 0, 1

WORDS = {
    "title": ("esimd: a profile and its end",
              "esimd：一个配置文件的注销全过程"),
    "intro": ("This is a laboratory: a modem, a card with three profiles, an operator's server and a message bus, all of "
              "them in software on this machine. Between them stands the real daemon, and the commands below are the "
              "real ones. Nothing outside the laboratory is touched.",
              "这是一个实验环境：调制解调器、带有三个配置文件的卡、运营商服务器和消息总线，都是在本机上运行的软件。连接它们的是真正"
              "的守护进程，下面的命令也是真正的命令。实验环境之外的东西一概不受影响。"),
    "up": ("The laboratory is up ({time}).", "实验环境已就绪（{time}）。"),
    "status": ("Is the service there, and what has it found?", "服务在运行吗？它找到了什么？"),
    "list": ("The profiles on the card. “{name}” is in use; it is the one that we no longer want.",
             "卡上的配置文件。“{name}”正在使用，也正是我们不再需要的那一个。"),
    "dry-run": ("First only a look: what would stand in the way, and what else should we know? Nothing is changed.",
                "先只检查一下：有没有阻碍，还有哪些事应当知道？这一步不做任何更改。"),
    "deregister": ("Now in earnest. The service looks again, asks, copies the card's signed notifications to disk, disables "
                   "the profile, deletes it, makes sure that it is gone, and tells the operator's server.",
                   "现在正式开始。服务会再检查一次并征求同意，把卡上已签名的通知保存到磁盘，停用并删除配置文件，确认它已不在卡上，"
                   "然后通知运营商的服务器。"),
    "answer-typed": ("It will ask; this demonstration types the answer.", "它会提问，由本演示代为输入回答。"),
    "answer-options": ("Without a terminal nobody can be asked: the consent is given by two options.",
                       "没有终端就无法提问，因此用两个选项表示同意。"),
    "list-again": ("The profiles once more: “{name}” should be gone, the others as they were.",
                   "再看一次配置文件：“{name}”应当已经不在，其余的保持原样。"),
    "notifications": ("What still has to be told to an operator's server? Nothing, if it took what it was sent.",
                      "还有什么要告诉运营商的服务器吗？如果它已接受所有通知，就应当没有了。"),
    "receipt": ("The receipt as a file, to keep or to hand on: what was asked, what the eUICC signed, what this machine saw.",
                "把凭证存为文件，可以保存或转交他人：其中写明了请求的内容、eUICC 签名的内容，以及本机观察到的内容。"),
    "verify": ("Anybody can check that file without the card and without the service: the signature, and whose it is, with "
               "root certificates from elsewhere (here, the laboratory's).",
               "任何人都可以检查这个文件，既不需要卡，也不需要服务：用另行取得的根证书（这里是实验环境的根证书）验证签名及签名者。"),
    "checks": ("Do not take the service's word for it. The laboratory's own view:",
               "不能只听服务的一面之词。下面是实验环境自己看到的："),
    "check-commands": ("every command ended as it should", "每条命令都正常结束"),
    "check-card": ("the card no longer has the profile", "卡上已没有这个配置文件"),
    "check-others": ("the card's other profiles are as they were", "卡上其余的配置文件保持原样"),
    "check-smdp": ("the operator's server took the notification of the deletion, with signature, certificates and order "
                   "verified", "运营商的服务器接受了删除通知，签名、证书链和顺序均已核验"),
    "check-left": ("no notification is left on the card", "卡上没有遗留通知"),
    "check-receipt": ("the receipt is verified", "凭证通过验证"),
    "is-there": ("the profile is still on the card", "配置文件仍在卡上"),
    "others-changed": ("they are now {seen}", "现在是 {seen}"),
    "not-taken": ("it took none for this profile", "它没有接受关于这个配置文件的删除通知"),
    "violation": ("it complains: {words}", "它提出异议：{words}"),
    "left-over": ("{count} are left", "还剩 {count} 条"),
    "exit-code": ("“{command}” ended with {code}", "“{command}”以代码 {code} 结束"),
    "too-long": ("“{command}” took more than {seconds} s and was stopped", "“{command}”超过 {seconds} 秒，已被中止"),
    "no-receipt": ("there is no completed deregistration of this profile", "没有这个配置文件的已完成的注销记录"),
    "good": ("All of it is as it should be. The whole took {time}.", "一切正常。总共用时 {time}。"),
    "bad": ("Not as it should be: {count} of the checks failed. The whole took {time}.",
            "有问题：{count} 项检查未通过。总共用时 {time}。"),
    "refusing": ("Asked for with --refuse: the operator's server takes nothing. This demonstration has to fail.",
                 "按照 --refuse 的要求：运营商的服务器拒绝一切通知。本演示应当失败。"),
    "contract": ("What was removed is the profile. A contract with an operator ends at the operator.",
                 "移除的只是配置文件。与运营商的合约仍须在运营商处终止。"),
    "stay": ("The laboratory stays up until you leave this shell.", "在您退出这个 shell 之前，实验环境会一直保留。"),
}


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
