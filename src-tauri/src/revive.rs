//! The page comes back when the process that draws it ends, as a defect of a graphics driver may make it. What was under way goes on in
//! the backend meanwhile, and the page finds it again. On Windows WebView2 does so by itself.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// So often in [`SPAN`] the page comes back without a question.
const OFTEN: usize = 3;
const SPAN: Duration = Duration::from_secs(60);

/// When the page came back.
#[derive(Default)]
struct Returns(VecDeque<Instant>);

impl Returns {
    /// Whether it comes back once more by itself; a page that always ends at once would do nothing else.
    fn another(&mut self, now: Instant) -> bool {
        while self.0.front().is_some_and(|at| now.duration_since(*at) > SPAN) {
            self.0.pop_front();
        }
        let may = self.0.len() < OFTEN;
        if may {
            self.0.push_back(now);
        }
        may
    }
}

#[cfg(target_os = "linux")]
pub(crate) use linux::watch;

#[cfg(target_os = "linux")]
mod linux {
    use std::cell::RefCell;
    use std::sync::Arc;
    use std::time::Instant;

    use cartorio_office::Office;
    use tauri::{AppHandle, WebviewWindow};
    use webkit2gtk::WebViewExt;

    use super::Returns;

    /// Watches over the page of `window`.
    pub(crate) fn watch(app: &AppHandle, window: &WebviewWindow, office: &Arc<Office>) -> tauri::Result<()> {
        let (app, window, office) = (app.clone(), window.clone(), Arc::clone(office));
        let own = window.clone();
        own.with_webview(move |webview| {
            let returns = RefCell::new(Returns::default());
            webview.inner().connect_web_process_terminated(move |page, reason| {
                tracing::error!(?reason, "the process that shows the page has ended");
                if returns.borrow_mut().another(Instant::now()) {
                    page.reload();
                } else {
                    super::ask(&app, &window, &office);
                }
            });
        })
    }
}

/// Lets a person decide whether to try again.
#[cfg(target_os = "linux")]
fn ask(app: &tauri::AppHandle, window: &tauri::WebviewWindow, office: &std::sync::Arc<cartorio_office::Office>) {
    let (app, window, office) = (app.clone(), window.clone(), std::sync::Arc::clone(office));
    tauri::async_runtime::spawn(async move {
        if !office.shows_again().await {
            office.end().await;
            app.exit(1);
        } else if let Err(error) = window.reload() {
            tracing::error!(%error, "the page could not be shown again");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_ends_again_and_again_is_asked_about() {
        let (start, mut returns) = (Instant::now(), Returns::default());
        let mut at = |seconds: u64| returns.another(start + Duration::from_secs(seconds));
        assert_eq!([at(0), at(10), at(20), at(30), at(59)], [true, true, true, false, false]);
        // The first one is long ago.
        assert_eq!([at(61), at(62)], [true, false]);
        assert_eq!([at(200), at(201), at(202), at(203)], [true, true, true, false]);
    }
}
