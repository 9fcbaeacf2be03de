//! A batch at work, and whoever sits at the terminal: what holds it up is asked there, and Ctrl-C holds it up or stops it. So does a
//! system that ends programs, and a terminal that goes away.

use std::io::{IsTerminal, Write};

use cartorio_core::WireError;
use cartorio_office::dto::{ItemState, JobItem, JobRef, JobSkip, JobSnapshot, JobStatus};
use cartorio_office::{Commands, Office, texts};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::unlock;
use crate::args::{PinArgs, UnlockArgs};
use crate::exit::Exit;
use crate::lang::{Lang, say};
use crate::outcome::{Failure, explain, to_stderr};
use crate::printable::line;
use crate::secrets;

/// Whether somebody is there to be asked: questions go to stderr, answers come from stdin.
pub(super) fn is_attended() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

/// Follows a batch to its end. `interrupts` are those since before it began; `key` is the key that may want its PIN or password again.
pub(super) async fn follow(
    office: &Office,
    begun: JobSnapshot,
    interrupts: Interrupts,
    key: Option<&str>,
    attended: bool,
    lang: Lang,
) -> Result<JobSnapshot, Failure> {
    let mut seat = Seat {
        office,
        key,
        lang,
        job: JobRef { id: begun.id },
        // One document that is under way has nothing to pause before.
        pauses: attended && begun.items.len() > 1,
        interrupts,
        wish: Wish::Nothing,
    };
    let mut answered = 0;
    loop {
        let job = seat.rest(answered).await?;
        match job.status {
            JobStatus::Running => {}
            JobStatus::Paused => {
                answered = job.revision;
                seat.wish = Wish::Nothing;
                seat.settle(&job).await;
            }
            JobStatus::Succeeded | JobStatus::Partly | JobStatus::Failed | JobStatus::Cancelled => return Ok(job),
        }
    }
}

/// Somebody wants the batch to stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Interrupt {
    /// Ctrl-C: who pressed it can still be asked.
    Key,
    /// The system ends the program, or somebody elsewhere does: nobody can be asked.
    #[cfg_attr(not(unix), allow(dead_code, reason = "there are no such signals"))]
    End,
    /// Its terminal is gone. That is told more than once, by the shell and by the kernel, and after `End` where a session is over: it
    /// says nothing new then.
    #[cfg_attr(not(unix), allow(dead_code, reason = "there are no such signals"))]
    HangUp,
}

/// Every interrupt as it comes.
pub(super) struct Interrupts(UnboundedReceiver<Interrupt>);

impl Interrupts {
    /// From here on they no longer end the program: to be had before a batch begins, so that none comes between.
    pub(super) fn begin() -> Self {
        let (sender, receiver) = unbounded_channel();
        let pressed = sender.clone();
        // Where this cannot be had, Ctrl-C ends the program as it does elsewhere, and the batch is told as interrupted.
        let _ = ctrlc::set_handler(move || pass_on(&pressed, Interrupt::Key));
        #[cfg(unix)]
        if let Ok(mut signals) = signal_hook::iterator::Signals::new(endings()) {
            let meant = |signal| match signal {
                signal_hook::consts::SIGHUP => Interrupt::HangUp,
                _ => Interrupt::End,
            };
            std::thread::spawn(move || signals.forever().for_each(|signal| pass_on(&sender, meant(signal))));
        }
        Self(receiver)
    }

    async fn next(&mut self) -> Interrupt {
        match self.0.recv().await {
            Some(interrupt) => interrupt,
            None => std::future::pending().await,
        }
    }
}

fn pass_on(to: &UnboundedSender<Interrupt>, interrupt: Interrupt) {
    if to.send(interrupt).is_err() {
        // Nobody listens any more: the batch is over.
        leave();
    }
}

/// Signals that end a program which does nothing about them: those of a system that goes down or a person who ends it, and of a terminal
/// that is gone. Whoever started it with `nohup` wants it to outlive the terminal: that one is then ignored, and stays so.
#[cfg(unix)]
fn endings() -> Vec<std::ffi::c_int> {
    use signal_hook::consts::{SIGHUP, SIGTERM};
    let hang_up = is_ignored(SIGHUP) == Some(false);
    [Some(SIGTERM), hang_up.then_some(SIGHUP)].into_iter().flatten().collect()
}

/// Whether this process was started with `signal` ignored, where the system tells (`SigIgn` of proc(5), one bit for each from 1).
#[cfg(unix)]
fn is_ignored(signal: std::ffi::c_int) -> Option<bool> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    let mask = u64::from_str_radix(ignored.trim(), 16).ok()?;
    Some(mask >> (signal - 1) & 1 == 1)
}

/// Ends the program at once. What was under way is found in the journal.
fn leave() -> ! {
    std::process::exit(i32::from(Exit::Interrupted.number()))
}

/// What interrupts have asked for so far.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Wish {
    Nothing,
    Pause,
    /// To stop, because the terminal is gone.
    HungUp,
    Stop,
}

/// What is done about a batch that waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Choice {
    GoOn,
    Skip,
    Stop,
}

/// The person is gone, or wants to be: an interrupt, or the end of what they type.
struct Gone;

struct Seat<'a> {
    office: &'a Office,
    key: Option<&'a str>,
    lang: Lang,
    job: JobRef,
    /// Whether Ctrl-C pauses the batch first.
    pauses: bool,
    interrupts: Interrupts,
    wish: Wish,
}

impl Seat<'_> {
    /// Waits until the batch pauses or ends.
    async fn rest(&mut self, answered: u64) -> Result<JobSnapshot, Failure> {
        let (office, id) = (self.office, self.job.id.clone());
        let rests = office.job_rests(&id, answered);
        tokio::pin!(rests);
        loop {
            tokio::select! {
                job = &mut rests => return Ok(job?),
                interrupt = self.interrupts.next() => self.interrupted(interrupt).await?,
            }
        }
    }

    async fn interrupted(&mut self, interrupt: Interrupt) -> Result<(), Failure> {
        let lang = self.lang;
        self.wish = match (self.wish, interrupt) {
            (Wish::Nothing, Interrupt::Key) if self.pauses => Wish::Pause,
            (Wish::Nothing | Wish::Pause, Interrupt::HangUp) => Wish::HungUp,
            (Wish::HungUp | Wish::Stop, Interrupt::HangUp) => return Ok(()),
            (Wish::Nothing | Wish::Pause | Wish::HungUp, Interrupt::Key | Interrupt::End) => Wish::Stop,
            (Wish::Stop, Interrupt::Key | Interrupt::End) => leave(),
        };
        match self.wish {
            Wish::Nothing => {}
            Wish::Pause => {
                self.office.job_pause(self.job.clone()).await?;
                to_stderr(&say!(
                    lang,
                    "o lote pausa depois do que está em curso; Ctrl-C outra vez o encerra",
                    "the batch pauses after what is under way; Ctrl-C again ends it"
                ));
            }
            Wish::HungUp | Wish::Stop => {
                self.office.job_cancel(self.job.clone()).await?;
                let again = match interrupt {
                    Interrupt::Key => "Ctrl-C",
                    Interrupt::End | Interrupt::HangUp => "SIGTERM",
                };
                to_stderr(&say!(
                    lang,
                    "termina depois do que está em curso; {again} outra vez sai já, e «cartorio batch resume» continua dali",
                    "ends after what is under way; {again} again leaves at once, and “cartorio batch resume” goes on from there"
                ));
            }
        }
        Ok(())
    }

    /// Asks until something is done about what holds the batch up.
    async fn settle(&mut self, job: &JobSnapshot) {
        self.tell(job);
        let held: Vec<&JobItem> = held(job);
        loop {
            let done = match self.choose(!held.is_empty()).await {
                Ok(Choice::GoOn) => self.go_on(job, &held).await,
                Ok(Choice::Skip) => self.skip(&held).await,
                Ok(Choice::Stop) | Err(Gone) => self.stop().await,
            };
            match done {
                Ok(true) => return,
                Ok(false) => {}
                Err(failure) => to_stderr(&explain(failure.wire(), self.lang)),
            }
        }
    }

    /// Why it waits, and because of which documents.
    fn tell(&self, job: &JobSnapshot) {
        let lang = self.lang;
        let (ended, total) = (job.items.iter().filter(|item| is_end(item.state)).count(), job.items.len());
        to_stderr(&say!(
            lang,
            "o lote está em pausa, com {ended} de {total} documentos resolvidos",
            "the batch is paused, with {ended} of {total} documents settled"
        ));
        if let Some(reason) = &job.waits_for {
            to_stderr(&explain(reason, lang));
        }
        let held = held(job);
        for (number, item) in held.iter().enumerate().take(LISTED) {
            let title = item.error.as_ref().map(|error| title(error, lang)).unwrap_or_default();
            to_stderr(&format!("{}. {}: {title}", number + 1, line(&item.name)));
        }
        if let Some(more) = held.len().checked_sub(LISTED).filter(|more| *more > 0) {
            to_stderr(&say!(lang, "… e mais {more}", "… and {more} more"));
        }
    }

    async fn choose(&mut self, may_skip: bool) -> Result<Choice, Gone> {
        let question = match (self.lang, may_skip) {
            (Lang::PtBr, true) => "[c]ontinuar (tenta de novo), [p]ular documentos, [e]ncerrar? ",
            (Lang::PtBr, false) => "[c]ontinuar, [e]ncerrar? ",
            (Lang::En, true) => "[c]ontinue (tries again), [s]kip documents, [e]nd? ",
            (Lang::En, false) => "[c]ontinue, [e]nd? ",
        };
        loop {
            let answer = self.line(question).await?;
            if let Some(choice) = choice(&answer, may_skip, self.lang) {
                return Ok(choice);
            }
        }
    }

    /// Lets it go on, once what it waits for was typed.
    async fn go_on(&mut self, job: &JobSnapshot, held: &[&JobItem]) -> Result<bool, Failure> {
        let code = job.waits_for.as_ref().map(|reason| reason.code.as_str());
        if let (Some("token_pin_required" | "a1_password_required"), Some(key)) = (code, self.key) {
            let pin = PinArgs { pin_stdin: false, pin_file: None };
            let asked = UnlockArgs { pin, password_stdin: false, password_file: None };
            unlock::unlock(self.office, key, &asked, self.lang).await?;
        }
        let closed = |item: &&&JobItem| item.error.as_ref().is_some_and(|error| error.code == "batch_password_needed");
        let closed: Vec<(&str, &str)> =
            held.iter().filter(closed).map(|item| (item.document.as_str(), item.name.as_str())).collect();
        // Where a person only paused it, the others can go on without them.
        if code == Some("batch_password_needed")
            && !closed.is_empty()
            && !open(self.office, &closed, self.lang).await
            && closed.len() == held.len()
        {
            // Nothing would be different.
            return Ok(false);
        }
        self.office.job_resume(self.job.clone()).await?;
        Ok(true)
    }

    /// Leaves documents out, with a reason.
    async fn skip(&mut self, held: &[&JobItem]) -> Result<bool, Failure> {
        let lang = self.lang;
        let which = if held.len() == 1 {
            vec![0]
        } else {
            let question = say!(lang, "Quais? números, ou «todos»: ", "Which? numbers, or “all”: ");
            match self.line(&question).await {
                Ok(text) => match numbers(&text, held.len(), lang) {
                    Some(which) => which,
                    None => return Ok(false),
                },
                Err(Gone) => return self.stop().await,
            }
        };
        let question =
            say!(lang, "Motivo (fica na trilha; vazio volta): ", "Reason (goes into the trail; empty goes back): ");
        let reason = match self.line(&question).await {
            Ok(text) if text.is_empty() => return Ok(false),
            Ok(text) => text,
            Err(Gone) => return self.stop().await,
        };
        let documents = which.iter().filter_map(|place| held.get(*place)).map(|item| item.document.clone()).collect();
        self.office.job_skip(JobSkip { id: self.job.id.clone(), documents, reason }).await?;
        Ok(true)
    }

    async fn stop(&mut self) -> Result<bool, Failure> {
        self.wish = Wish::Stop;
        self.office.job_cancel(self.job.clone()).await?;
        Ok(true)
    }

    /// One line that a person types.
    async fn line(&mut self, question: &str) -> Result<String, Gone> {
        {
            let mut terminal = std::io::stderr().lock();
            let _ = terminal.write_all(question.as_bytes()).and_then(|()| terminal.flush());
        }
        let (sender, typed) = oneshot::channel();
        // Nothing ends a read from a terminal; the program does not wait for this thread.
        std::thread::spawn(move || {
            let mut text = String::new();
            let read = std::io::stdin().read_line(&mut text);
            let _ = sender.send(read.is_ok_and(|length| length > 0).then_some(text));
        });
        let answer = tokio::select! {
            answer = typed => answer.ok().flatten(),
            _ = self.interrupts.next() => None,
        };
        match answer {
            Some(text) => Ok(text.trim().to_owned()),
            None => {
                let _ = writeln!(std::io::stderr().lock());
                Err(Gone)
            }
        }
    }
}

/// So many documents are listed that hold a batch up.
const LISTED: usize = 10;

/// Tries of one password.
const TRIES: usize = 3;

/// Asks for the passwords of documents (handle, name) and opens them; whether one was opened. A password that was typed is tried on the
/// next ones first.
pub(super) async fn open(office: &Office, documents: &[(&str, &str)], lang: Lang) -> bool {
    let mut typed: Option<cartorio_core::SecretString> = None;
    let mut any = false;
    for (document, name) in documents {
        let name = line(name);
        if let Some(password) = &typed
            && office.unlock_document(document, password.clone()).await.is_ok()
        {
            any = true;
            continue;
        }
        for _ in 0..TRIES {
            let question =
                say!(lang, "Senha de «{name}» (vazia: sem ela): ", "Password of “{name}” (empty: without): ");
            let Some(password) = secrets::typed(&question) else { break };
            match office.unlock_document(document, password.clone()).await {
                Ok(_) => {
                    typed = Some(password);
                    any = true;
                    break;
                }
                Err(error) => to_stderr(&title(&error.wire(), lang)),
            }
        }
    }
    any
}

/// Documents that wait with an error.
fn held(job: &JobSnapshot) -> Vec<&JobItem> {
    job.items.iter().filter(|item| item.state == ItemState::Waiting && item.error.is_some()).collect()
}

const fn is_end(state: ItemState) -> bool {
    match state {
        ItemState::Done | ItemState::Failed | ItemState::Cancelled => true,
        ItemState::Waiting | ItemState::Running => false,
    }
}

/// What happened, in a line.
fn title(error: &WireError, lang: Lang) -> String {
    texts::of_error(lang.locale(), error).map_or_else(|| error.detail.clone(), |(title, _)| title)
}

/// A choice by its word, or the beginning of it.
fn choice(answer: &str, may_skip: bool, lang: Lang) -> Option<Choice> {
    let answer = answer.to_lowercase();
    let words = match lang {
        Lang::PtBr => [("continuar", Choice::GoOn), ("pular", Choice::Skip), ("encerrar", Choice::Stop)],
        Lang::En => [("continue", Choice::GoOn), ("skip", Choice::Skip), ("end", Choice::Stop)],
    };
    let meant = |own: &&(&str, Choice)| !answer.is_empty() && own.0.starts_with(&answer);
    words.iter().find(meant).map(|own| own.1).filter(|choice| may_skip || *choice != Choice::Skip)
}

/// Places from 0 of numbers from 1 to `most`, or all of them; nothing where one makes no sense.
fn numbers(answer: &str, most: usize, lang: Lang) -> Option<Vec<usize>> {
    let all = match lang {
        Lang::PtBr => "todos",
        Lang::En => "all",
    };
    if answer.eq_ignore_ascii_case(all) {
        return Some((0..most).collect());
    }
    let parts = answer.split([' ', ',']).filter(|part| !part.is_empty());
    let place = |part: &str| part.parse::<usize>().ok()?.checked_sub(1).filter(|place| *place < most);
    parts.map(place).collect::<Option<Vec<usize>>>().filter(|places| !places.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_word_or_its_beginning() {
        for (answer, meant) in [
            ("c", Some(Choice::GoOn)),
            ("C", Some(Choice::GoOn)),
            ("continuar", Some(Choice::GoOn)),
            ("pul", Some(Choice::Skip)),
            ("e", Some(Choice::Stop)),
            ("", None),
            ("x", None),
            ("continuarei", None),
            ("s", None),
        ] {
            assert_eq!(choice(answer, true, Lang::PtBr), meant, "{answer}");
        }
        assert_eq!(choice("p", false, Lang::PtBr), None, "nothing is held up");
        assert_eq!(choice("s", true, Lang::En), Some(Choice::Skip));
        assert_eq!(choice("end", true, Lang::En), Some(Choice::Stop));
    }

    #[test]
    fn documents_are_named_by_their_numbers() {
        assert_eq!(numbers("2, 3", 3, Lang::PtBr), Some(vec![1, 2]));
        assert_eq!(numbers("1 3", 3, Lang::En), Some(vec![0, 2]));
        assert_eq!(numbers("Todos", 2, Lang::PtBr), Some(vec![0, 1]));
        for wrong in ["", " ", "0", "4", "1,x", "-1", "1-2", "all"] {
            assert_eq!(numbers(wrong, 3, Lang::PtBr), None, "{wrong}");
        }
    }
}
