//! Somebody sits at the terminal: what holds a batch up is asked there, and Ctrl-C holds it up or stops it. The real program in a real
//! pseudo-terminal.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr, reason = "tests")]

mod common;

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use common::{Desk, judge, text};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{LocalFlags, tcgetattr};
use nix::unistd::Pid;
use serde_json::Value;

/// How long something may take that a busy machine does.
const PATIENCE: Duration = Duration::from_secs(90);

/// The program with somebody at its terminal; its result goes into a pipe.
struct Seat {
    child: Child,
    terminal: File,
    news: Receiver<String>,
    /// What was shown and not looked at yet.
    shown: String,
}

impl Seat {
    fn at(desk: &Desk, arguments: &[&str]) -> Self {
        let size = Winsize { ws_row: 40, ws_col: 200, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(&size, None).unwrap();
        // In a session of its own, whose controlling terminal is this one: Ctrl-C and passwords need that.
        let mut command = through(&["env", "--default-signal=HUP", "setsid", "--ctty"], &desk.command(arguments));
        // With a progress bar, which tells at what a batch is.
        command.env("TERM", "xterm");
        let stdin = File::from(pair.slave);
        let stderr = stdin.try_clone().unwrap();
        let child = command.stdin(stdin).stdout(Stdio::piped()).stderr(stderr).spawn().unwrap();
        // The command holds the other end open as long as it lives.
        drop(command);
        let terminal = File::from(pair.master);
        let mut reader = terminal.try_clone().unwrap();
        let (sender, news) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = reader.read(&mut buffer) {
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                if length == 0 || sender.send(text).is_err() {
                    break;
                }
            }
        });
        Self { child, terminal, news, shown: String::new() }
    }

    /// Waits until `text` is shown, and gives what was shown before it.
    fn sees(&mut self, text: &str) -> String {
        let begin = Instant::now();
        loop {
            if let Some(at) = self.shown.find(text) {
                let rest = self.shown.split_off(at + text.len());
                return std::mem::replace(&mut self.shown, rest);
            }
            let left = PATIENCE.checked_sub(begin.elapsed()).unwrap_or_default();
            match self.news.recv_timeout(left) {
                Ok(more) => self.shown.push_str(&more),
                Err(error) => panic!("{text:?} is not shown ({error}): {}", self.shown),
            }
        }
    }

    fn types(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).unwrap();
    }

    /// Waits for a question, and answers it.
    fn answers(&mut self, question: &str, answer: &str) -> String {
        let before = self.sees(question);
        self.types(&format!("{answer}\n"));
        before
    }

    /// Waits for the question after a password, and answers it.
    fn confides(&mut self, question: &str, password: &str) -> String {
        let before = self.sees(question);
        let modes = tcgetattr(&self.terminal).unwrap().local_flags;
        assert!(!modes.contains(LocalFlags::ECHO), "what is typed after {question:?} would be seen");
        self.types(&format!("{password}\n"));
        before
    }

    /// The exit code and the result.
    fn ends(mut self) -> (Option<i32>, String) {
        let mut result = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut result).unwrap();
        (self.child.wait().unwrap().code(), result)
    }

    fn json(self, exit: i32) -> Value {
        let (code, result) = self.ends();
        assert_eq!(code, Some(exit), "{result}");
        serde_json::from_str(&result).unwrap_or_else(|error| panic!("{error}: {result:?}"))
    }
}

/// A command that another one starts, with nothing else in its environment.
fn through(starter: &[&str], own: &Command) -> Command {
    let mut command = Command::new(starter[0]);
    command.args(&starter[1..]).arg(own.get_program()).args(own.get_args());
    command.env_clear().envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
        .current_dir(own.get_current_dir().unwrap())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn states(report: &Value) -> Vec<&str> {
    report["files"].as_array().unwrap().iter().map(|own| own["state"].as_str().unwrap()).collect()
}

fn records(desk: &Desk, act: &str) -> Vec<Value> {
    let page = desk.json(0, &["audit", "list", "--act", act]);
    page["records"].as_array().unwrap().clone()
}

/// An authority that takes questions and gives no answer. Those who ask come out of the channel, and hear nothing as long as they are kept.
fn silent() -> (String, Receiver<TcpStream>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/tsa", listener.local_addr().unwrap());
    let (sender, asking) = channel();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            if sender.send(stream).is_err() {
                break;
            }
        }
    });
    (url, asking)
}

#[test]
fn a_document_that_holds_the_batch_up_is_left_out_with_a_reason_and_the_others_are_signed() {
    let desk = Desk::demo();
    for name in ["a.pdf", "c.pdf"] {
        std::fs::rename(desk.sample("procuracao-publica.pdf"), desk.path(name)).unwrap();
    }
    desk.write("b.txt", "Não é PDF.\n");
    let sign = ["sign", "a.pdf", "b.txt", "c.pdf", "--format", "pades", "--on-error", "document=pause"];
    let reason = ["--unseen-reason", " conferidos no balcão ", "--json"];
    let mut seat = Seat::at(&desk, &[&sign[..], &reason].concat());
    const QUESTION: &str = "[c]ontinuar (tenta de novo), [p]ular documentos, [e]ncerrar? ";
    let told = seat.sees(QUESTION);
    assert!(told.contains("o lote está em pausa") && told.contains("1. b.txt: "), "{told}");
    // What is no answer is asked again; trying again changes nothing; an empty reason goes back.
    seat.types("talvez\n");
    seat.answers(QUESTION, "c");
    seat.answers(QUESTION, "p");
    seat.answers("Motivo (fica na trilha; vazio volta): ", "");
    seat.answers(QUESTION, "pular");
    seat.answers("Motivo (fica na trilha; vazio volta): ", "a parte trouxe o arquivo errado");
    let report = seat.json(3);
    assert_eq!(states(&report), ["done", "failed", "done"], "{report}");
    assert_eq!(report["files"][1]["error"]["code"], "document_skipped", "{report}");
    assert_eq!(report["unseen_reason"], "conferidos no balcão");
    let skipped = records(&desk, "document_skipped");
    assert_eq!(skipped[0]["detail"]["reason"], "a parte trouxe o arquivo errado", "{skipped:?}");
    assert_eq!(skipped[0]["detail"]["name"], "b.txt");
    let signed = records(&desk, "document_signed");
    assert!(signed.iter().any(|own| own["detail"]["unseen_reason"] == "conferidos no balcão"), "{signed:?}");
    assert_eq!(desk.json(0, &["batch", "list"]).as_array().unwrap().len(), 0, "nothing is left open");
}

#[test]
fn several_files_pause_where_a_service_fails_and_the_batch_is_ended() {
    let desk = Desk::demo();
    for name in ["a.txt", "b.txt", "c.txt"] {
        desk.write(name, name);
    }
    let files = ["sign", "a.txt", "b.txt", "c.txt", "--level", "b-t", "--json"];
    let mut seat = Seat::at(&desk, &files);
    let told = seat.answers("[e]ncerrar? ", "p");
    assert!(told.contains("[tsa_none]") && told.contains("1. a.txt: "), "{told}");
    seat.answers("vazio volta): ", "fica para amanhã");
    let told = seat.answers("[e]ncerrar? ", "e");
    assert!(told.contains("com 1 de 3 documentos resolvidos") && told.contains("1. b.txt: "), "{told}");
    let report = seat.json(69);
    assert_eq!(states(&report), ["failed", "cancelled", "cancelled"], "{report}");
    // Ctrl-C at the question, and the end of what is typed, end the batch as well.
    for key in ["\x03", "\x04"] {
        let mut seat = Seat::at(&desk, &files);
        seat.sees("[e]ncerrar? ");
        seat.types(key);
        assert_eq!(states(&seat.json(130)), ["cancelled"; 3]);
    }
    // Where something else was asked for, and for one file alone, nobody is asked.
    let (code, _) = Seat::at(&desk, &[&files[..], &["--on-error", "service=stop"]].concat()).ends();
    assert_eq!(code, Some(69));
    let (code, _) = Seat::at(&desk, &["sign", "a.txt", "--level", "b-t"]).ends();
    assert_eq!(code, Some(69));
    // Nobody is there.
    desk.run(&[&files[..], &["--on-error", "service=pause"]].concat()).ends(64).says("não há terminal");
    assert_eq!(states(&desk.json(69, &files[..6]))[1..], ["cancelled"; 2]);
}

#[test]
fn ctrl_c_pauses_then_stops_then_leaves_and_what_is_left_is_gone_on_with() {
    let desk = Desk::demo();
    let names: Vec<String> = (0..12).map(|number| format!("{number}.txt")).collect();
    names.iter().for_each(|name| drop(desk.write(name, name)));
    let (url, _asking) = silent();
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let stamped = [&["sign"][..], &files, &["--level", "b-t", "--tsa", &url]].concat();
    let mut seat = Seat::at(&desk, &stamped);
    // It has begun once it says at what it is.
    seat.sees("carimbando");
    seat.types("\x03");
    seat.sees("o lote pausa depois do que está em curso");
    seat.types("\x03");
    seat.sees("termina depois do que está em curso");
    seat.types("\x03");
    assert_eq!(seat.ends().0, Some(130));
    let left = desk.json(0, &["batch", "list"]);
    assert_eq!(left[0]["total"], 12, "{left}");
    desk.ok(&["batch", "abandon", left[0]["id"].as_str().unwrap(), "--reason", "teste"]);

    // A document that is alone is stopped at once.
    let mut seat = Seat::at(&desk, &["sign", "0.txt", "--level", "b-t", "--tsa", &url]);
    seat.sees("carimbando");
    seat.types("\x03");
    seat.sees("termina depois do que está em curso");
    seat.types("\x03");
    assert_eq!(seat.ends().0, Some(130));
}

#[test]
fn a_signal_stops_a_batch_that_nobody_attends_after_what_is_under_way() {
    let desk = Desk::demo();
    desk.write("a.txt", "a");
    desk.write("b.txt", "b");
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let (url, asking) = silent();
        let own = desk.command(&["sign", "a.txt", "b.txt", "--level", "b-t", "--tsa", &url, "--json"]);
        // Whoever runs these tests may have been started to outlive a terminal, and what it starts inherits that.
        let mut child = through(&["env", "--default-signal=HUP"], &own).spawn().unwrap();
        let asked = asking.recv_timeout(PATIENCE).unwrap();
        kill(Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
        let mut told = String::new();
        BufReader::new(child.stderr.take().unwrap()).read_line(&mut told).unwrap();
        assert!(told.contains("termina depois do que está em curso"), "{signal}: {told}");
        // A terminal that goes away is told of more than once, and after the end of a session: it does not hurry.
        kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGHUP).unwrap();
        // Whoever was asked hangs up.
        drop((asked, asking));
        let ended = child.wait_with_output().unwrap();
        assert!(matches!(ended.status.code(), Some(69 | 130)), "{signal}: {:?}", ended.status);
        let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(states(&report)[1], "cancelled", "{signal}: {report}");
        assert_eq!(desk.json(0, &["batch", "list"]).as_array().unwrap().len(), 0, "it is over, and not interrupted");
    }
}

/// As somebody starts it who closes the terminal then.
#[test]
fn what_nohup_started_outlives_its_terminal() {
    let desk = Desk::demo();
    desk.write("a.txt", "a");
    desk.write("b.txt", "b");
    let (url, asking) = silent();
    let own = desk.command(&["sign", "a.txt", "b.txt", "--level", "b-t", "--tsa", &url, "--json"]);
    let mut nohup = through(&["nohup"], &own);
    let mut child = nohup.spawn().unwrap();
    let asked = asking.recv_timeout(PATIENCE).unwrap();
    let id = Pid::from_raw(child.id().try_into().unwrap());
    kill(id, Signal::SIGHUP).unwrap();
    // What comes next is the first thing that is told.
    kill(id, Signal::SIGTERM).unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.contains("SIGTERM outra vez sai já")));
    kill(id, Signal::SIGHUP).unwrap();
    drop((asked, asking));
    let ended = child.wait_with_output().unwrap();
    assert!(matches!(ended.status.code(), Some(69 | 130)), "{:?}", ended.status);
    let report: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(states(&report)[1], "cancelled", "it did not leave at once: {report}");
}

/// Who sits at a terminal that goes away can be asked nothing: there is no pause first.
#[test]
fn an_attended_batch_ends_when_its_terminal_is_gone() {
    let desk = Desk::demo();
    let names: Vec<String> = (0..12).map(|number| format!("{number}.txt")).collect();
    names.iter().for_each(|name| drop(desk.write(name, name)));
    let (url, asking) = silent();
    let files: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut seat = Seat::at(&desk, &[&["sign"][..], &files, &["--level", "b-t", "--tsa", &url]].concat());
    seat.sees("carimbando");
    kill(Pid::from_raw(seat.child.id().try_into().unwrap()), Signal::SIGHUP).unwrap();
    let told = seat.sees("SIGTERM outra vez sai já");
    assert!(!told.contains("o lote pausa"), "{told}");
    drop(asking);
    let (code, _) = seat.ends();
    assert!(matches!(code, Some(69 | 130)), "{code:?}");
    assert_eq!(desk.json(0, &["batch", "list"]).as_array().unwrap().len(), 0, "it is over, and not interrupted");
}

#[test]
fn the_password_of_a_locked_pdf_is_asked_for() {
    let desk = Desk::demo();
    let pdf = desk.sample("procuracao-publica.pdf");
    for name in ["um.pdf", "dois.pdf"] {
        let made = judge("qpdf", &["--encrypt", "balcao3", "dono", "256", "--", text(&pdf), text(&desk.path(name))]);
        let Some(made) = made else { return };
        assert!(made.status.success());
    }
    let mut seat = Seat::at(&desk, &["sign", "um.pdf", "dois.pdf", "--json"]);
    seat.confides("Senha de «um.pdf» (vazia: sem ela): ", "outra");
    let told = seat.confides("Senha de «um.pdf» (vazia: sem ela): ", "balcao3");
    assert!(!told.contains("outra"), "what is typed is not shown: {told}");
    // The other one opens with the same.
    assert_eq!(states(&seat.json(0)), ["done", "done"]);
    let mut seat = Seat::at(&desk, &["sign", "um.pdf", "--json"]);
    seat.confides("Senha de «um.pdf» (vazia: sem ela): ", "");
    assert_eq!(seat.json(65)["files"][0]["error"]["code"], "pdf_encrypted");

    // A batch that was left knows no password any more, and asks for it once nothing else is left.
    desk.write("a.txt", "a");
    let (url, asking) = silent();
    let stamped = ["--level", "b-t", "--tsa", &url, "--on-error", "service=go-on"];
    let mut seat = Seat::at(&desk, &[&["sign", "um.pdf", "a.txt"][..], &stamped].concat());
    seat.confides("Senha de «um.pdf» (vazia: sem ela): ", "balcao3");
    let asked = asking.recv_timeout(PATIENCE).unwrap();
    for told in ["o lote pausa depois", "termina depois"] {
        seat.types("\x03");
        seat.sees(told);
    }
    seat.types("\x03");
    assert_eq!(seat.ends().0, Some(130));
    drop((asked, asking));
    let left = desk.json(0, &["batch", "list"]);
    let mut seat = Seat::at(&desk, &["batch", "resume", left[0]["id"].as_str().unwrap(), "--json"]);
    let told = seat.answers("[e]ncerrar? ", "c");
    assert!(told.contains("com 1 de 2 documentos resolvidos") && told.contains("1. um.pdf: "), "{told}");
    seat.confides("Senha de «um.pdf» (vazia: sem ela): ", "");
    seat.answers("[e]ncerrar? ", "c");
    seat.confides("Senha de «um.pdf» (vazia: sem ela): ", "balcao3");
    // It opens, and nobody stamps it.
    assert_eq!(seat.json(69)["items"][0]["error"]["code"], "tsa_all_refused");
}
