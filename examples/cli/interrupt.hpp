#pragma once

/// Ctrl-C and SIGTERM. The first one is a wish: it can be waited for and asked about. The second
/// one ends the process at once, whatever it is doing; the journal is made for that.
namespace cli::interrupt {

/// From here on signals are taken. Once, at the start of the program.
void listen();
bool happened() noexcept;
/// Readable once it happened, and never read: any number of places may wait for it.
int descriptor() noexcept;

} // namespace cli::interrupt
