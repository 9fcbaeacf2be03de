//! Use cases, permissions, DTOs and the one command list: no tauri, no AWS
