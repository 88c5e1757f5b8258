# SPDX-License-Identifier: LGPL-2.1-or-later
"""How tools/demo writes, and how it runs a program as somebody at a terminal would."""

import fcntl
import os
import pty
import select
import shutil
import subprocess
import sys
import termios
import time
import unicodedata
from dataclasses import dataclass

# A line that was begun and not ended for that long is a question.
QUESTION_SECONDS = 0.3
CLEAR, BOLD, DIM, GREEN, RED = "\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[31m"
CYAN, MAGENTA = "\033[36m", "\033[35m"


def width_of(text):
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def pieces(text):
    """What a line may be broken between: words, and each letter of a script without spaces; no line begins with
    a closing mark."""
    found = [""]
    for letter in text:
        wide = unicodedata.east_asian_width(letter) in "WF"
        closing = wide and unicodedata.category(letter) in ("Po", "Pe", "Pf")
        if wide and not closing:
            found += [letter, ""]
        elif closing and not found[-1] and len(found) > 1:
            found[-2] += letter
        elif letter == " ":
            found += [" ", ""]
        else:
            found[-1] += letter
    return [piece for piece in found if piece]


def wrap(text, width):
    """Lines of at most that many columns."""
    lines, line = [], ""
    for piece in pieces(text):
        if line and width_of(line + piece) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line or piece != " " else ""
    return [*lines, line.rstrip()]


class Console:
    """What goes to the person who watches; in colour and through ptys on a terminal, plain text elsewhere."""

    def __init__(self, output=sys.stdout):
        self.output = output
        self.terminal = output.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        size = shutil.get_terminal_size((100, 24))
        self.columns, self.rows = max(40, min(size.columns, 110)), size.lines
        known = "utf" in (output.encoding or "").lower()
        self.good, self.bad, self.beside = ("✓", "✗", "›") if known else ("+", "-", ">")

    def paint(self, text, *styles):
        return f"{''.join(styles)}{text}{CLEAR}" if self.terminal and text else text

    def say(self, text="", *styles, indent=0):
        for line in wrap(text, self.columns - indent):
            print(" " * indent + self.paint(line, *styles), file=self.output, flush=True)

    def title(self, text):
        self.say(text, BOLD)
        self.say(("─" if self.good == "✓" else "-") * width_of(text), DIM)

    def step(self, number, total, text):
        self.say()
        self.say(f"[{number}/{total}] {text}", BOLD, CYAN)

    def command(self, text):
        print(self.paint(f"$ {text}", BOLD), file=self.output, flush=True)

    def tell(self, lines):
        """What somebody does beside the program."""
        for line in lines:
            first, *more = wrap(line, self.columns - 4)
            self.say(f"{self.beside} {first}", MAGENTA, indent=2)
            for rest in more:
                self.say(rest, MAGENTA, indent=4)

    def piece(self, text):
        """Of a line that grows."""
        print(self.paint(text, MAGENTA), end="", file=self.output, flush=True)

    def check(self, passed, text, why=""):
        mark = self.paint(self.good, GREEN) if passed else self.paint(self.bad, RED)
        first, *more = wrap(text + (f" ({why})" if why else ""), self.columns - 4)
        print(f"  {mark} {first}", file=self.output, flush=True)
        for line in more:
            self.say(line, indent=4)

    def run(self, command, environment, *, turns=(), seconds=60):
        """Run it to its end, its output as it comes: the exit code, or None for too long.

        turns: on a terminal, what happens at each of its questions; after the last of them the input ends.
        """
        if not self.terminal:
            return run_plainly(command, environment, self.output, seconds)
        return run_on_pty(command, environment, self, turns, seconds)


@dataclass
class Turn:
    """At a question: what a person does meanwhile (`act` returns what is told of it), and then types.

    types: a text, or a function that says it after the act.
    """

    types: object = ""
    act: object = None

    def take(self):
        """(what is told of it, what is typed)"""
        told = self.act() if self.act else []
        return told, self.types() if callable(self.types) else self.types


def run_plainly(command, environment, output, seconds):
    output.flush()
    try:
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                              check=False, timeout=seconds).returncode
    except subprocess.TimeoutExpired:
        return None


def run_on_pty(command, environment, console, turns, seconds):
    master, slave = pty.openpty()
    size = console.rows.to_bytes(2, sys.byteorder) + console.columns.to_bytes(2, sys.byteorder) + bytes(4)
    fcntl.ioctl(slave, termios.TIOCSWINSZ, size)
    # Ends of lines are left to the terminal that all goes to.
    modes = termios.tcgetattr(slave)
    modes[1] &= ~termios.OPOST
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    process = subprocess.Popen(command, env=environment, stdin=slave, stdout=slave, stderr=slave,
                               start_new_session=True)
    os.close(slave)
    try:
        return Conversation(process, master, console, turns).hold(time.monotonic() + seconds)
    finally:
        os.close(master)
        if process.poll() is None:
            process.kill()
            process.wait()


class Conversation:
    """A program's output passed on, and its questions answered in turn."""

    def __init__(self, process, master, console, turns):
        self.process, self.master, self.console = process, master, console
        self.turns = list(turns)
        self.line = b""  # what was begun and not ended

    def hold(self, deadline):
        """The program's exit code; None if the deadline passes."""
        while time.monotonic() < deadline:
            readable, _, _ = select.select([self.master], [], [], QUESTION_SECONDS)
            if readable:
                try:
                    data = os.read(self.master, 65536)
                except OSError:  # the other end is closed
                    data = b""
                if not data:
                    return self.process.wait(max(0.1, deadline - time.monotonic()))
                self.show(data)
            elif self.line:
                self.answer()
        return None

    def show(self, data):
        self.console.output.buffer.write(data)
        self.console.output.flush()
        self.line = (self.line + data).rpartition(b"\n")[2]

    def answer(self):
        if not self.turns:
            os.write(self.master, b"\x04")
            self.line = b""
            return
        told, typed = self.turns.pop(0).take()
        if told:
            # Above the question, which is shown again below.
            question, self.line = self.line, b""
            self.show(b"\r\033[K")
            self.console.tell(told)
            self.show(question)
        # Nothing is asked until there is something new.
        self.line = b""
        os.write(self.master, typed.encode() + b"\n")
