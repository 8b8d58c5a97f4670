#include "interrupt.hpp"

#include "settings.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

namespace cli::interrupt {
namespace {

volatile std::sig_atomic_t count = 0;
int ends[2] = {-1, -1};

void say(char const* text, std::size_t length) noexcept
{
    auto const written = ::write(STDERR_FILENO, text, length);
    static_cast<void>(written);
}

extern "C" void on_signal(int)
{
    constexpr char last_words[] = "\ntrunkline: stopped at once; apply goes on where it was\n";
    auto const reason = errno;
    if (count != 0) {
        say(last_words, sizeof last_words - 1);
        ::_exit(static_cast<int>(exit_code::interrupted));
    }
    count = 1;
    auto const written = ::write(ends[1], "!", 1);
    static_cast<void>(written);
    errno = reason;
}

} // namespace

void listen()
{
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        throw std::system_error(errno, std::generic_category(), "no pipe for signals");
    struct sigaction action {};
    action.sa_handler = on_signal; // without SA_RESTART: whoever waits for input should notice
    for (int const signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

bool happened() noexcept
{
    return count != 0;
}

int descriptor() noexcept
{
    return ends[0];
}

} // namespace cli::interrupt
