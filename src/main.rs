//! The native program: see `ddpm --help`.

fn main() -> std::process::ExitCode {
    ddpm_web::cli::main()
}
