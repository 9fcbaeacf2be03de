//! The command list becomes the ACL: a command that is not in it is refused, whoever calls.

include!("crates/office/src/command_list.rs");

macro_rules! command_names {
    ($($kind:ident $name:ident($request:ty) $(-> $response:ty)?),* $(,)?) => {
        const COMMANDS: &[&str] = &[$(stringify!($name)),*];
    };
}
with_commands!(command_names);

fn main() {
    println!("cargo:rerun-if-changed=src-tauri/crates/office/src/command_list.rs");
    let attributes = tauri_build::Attributes::new()
        .capabilities_path_pattern("./src-tauri/capabilities/**/*")
        .app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        // A build script has no better way to fail than to say why and exit.
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}
