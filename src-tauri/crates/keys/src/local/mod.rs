//! Software keys sealed on this machine.
