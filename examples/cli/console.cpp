#include "console.hpp"

#include "interrupt.hpp"
#include "shown.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cli {
namespace {

std::string_view code_of(style s)
{
    switch (s) {
    case style::plain: return {};
    case style::bold: return "1";
    case style::dim: return "2";
    case style::red: return "31";
    case style::green: return "32";
    case style::yellow: return "33";
    case style::cyan: return "36";
    }
    return {};
}

bool is_set(char const* name)
{
    auto const* const value = std::getenv(name);
    return value && *value;
}

bool is_capable_terminal(int fd)
{
    auto const* const term = std::getenv("TERM");
    return ::isatty(fd) == 1 && !(term && std::string_view(term) == "dumb");
}

bool wants_color(settings const& s)
{
    if (s.color) return *s.color;
    return is_capable_terminal(STDOUT_FILENO) && !is_set("NO_COLOR");
}

/// Everything, or false. Signals that interrupt are no reason to lose output.
bool write_all(int fd, std::string_view text)
{
    while (!text.empty()) {
        auto const n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

/// One line of input; empty at its end and when interrupted.
std::string read_answer()
{
    std::string answer;
    while (answer.size() < 100) {
        pollfd waited[] = {{STDIN_FILENO, POLLIN, 0}, {interrupt::descriptor(), POLLIN, 0}};
        if (::poll(waited, 2, -1) < 0 && !interrupt::happened()) continue; // some other signal
        char c = 0;
        if (interrupt::happened() || ::read(STDIN_FILENO, &c, 1) != 1) {
            write_all(STDERR_FILENO, "\n");
            return {};
        }
        if (c == '\n') break;
        answer += c;
    }
    return answer;
}

std::size_t terminal_columns()
{
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 8 ? size.ws_col : 80;
}

} // namespace

line& line::add(std::string_view text, style s)
{
    auto const safe = printable(text);
    plain_ += safe;
    if (s == style::plain) colored_ += safe;
    else colored_.append("\033[").append(code_of(s)).append("m").append(safe).append("\033[0m");
    return *this;
}

console::console(settings const& s)
    : json_(s.json),
      quiet_(s.quiet),
      color_(wants_color(s)),
      progress_(!s.json && !s.quiet && is_capable_terminal(STDERR_FILENO)),
      show_secrets_(s.show_secrets)
{}

void console::print(line const& l)
{
    if (!json_) lines_.push_back(l);
}

/// Lines are masked as the one text they are: a key takes several of them.
void console::settle()
{
    if (lines_.empty()) return;
    std::string plain;
    for (auto const& l : lines_) plain.append(l.plain()) += '\n';
    auto const masked = shown(plain);
    bool const same_lines = std::ranges::count(masked, '\n') == std::ranges::count(plain, '\n');
    if (!color_ || !same_lines) {
        buffer_ += masked;
    } else {
        std::string_view rest = masked;
        for (auto const& l : lines_) { // a line with a mask in it goes without colours
            auto const text = rest.substr(0, rest.find('\n'));
            buffer_.append(text == l.plain() ? std::string_view(l.colored()) : text) += '\n';
            rest.remove_prefix(text.size() + 1);
        }
    }
    lines_.clear();
}

void console::report(line const& l)
{
    if (!quiet_) print(l);
}

void console::document(json::value const& v)
{
    if (json_) raw(printable_json(json::to_text(v, json::style::pretty)) + "\n");
}

void console::raw(std::string_view text)
{
    if (show_secrets_) return verbatim(text);
    settle();
    buffer_ += shown(std::string(text));
}

void console::verbatim(std::string_view text)
{
    settle();
    buffer_ += text;
}

void console::log_document(json::value const& v)
{
    if (json_ && !quiet_) write_all(STDERR_FILENO, printable_json(shown(json::to_text(v))) + "\n");
}

void console::note(std::string_view text)
{
    if (quiet_ || json_) return;
    clear_progress();
    flush();
    write_all(STDERR_FILENO, "trunkline: " + printable(shown(std::string(text))) + "\n");
}

void console::error(std::string_view text)
{
    clear_progress();
    flush(); // so that both streams on one terminal come in order
    write_all(STDERR_FILENO, "trunkline: " + printable(shown(std::string(text))) + "\n");
}

bool console::can_ask() const noexcept
{
    return !json_ && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

bool console::ask(std::string_view question)
{
    clear_progress();
    flush();
    write_all(STDERR_FILENO, printable(shown(std::string(question))) + " [y/N] ");
    auto const answer = read_answer();
    return answer == "y" || answer == "Y" || answer == "yes" || answer == "Yes" || answer == "YES";
}

void console::progress(std::string_view text)
{
    if (!progress_) return;
    write_all(STDERR_FILENO,
        "\r\033[K" + shortened(printable(shown(std::string(text))), terminal_columns() - 1));
    line_drawn_ = true;
}

void console::clear_progress()
{
    if (line_drawn_) write_all(STDERR_FILENO, "\r\033[K");
    line_drawn_ = false;
}

bool console::flush()
{
    settle();
    // A reader that has gone (EPIPE) wanted no more; anything else is a loss that must be told.
    if (!broken_ && !buffer_.empty() && !write_all(STDOUT_FILENO, buffer_)) {
        auto const reason = errno;
        broken_ = true;
        if (reason != EPIPE)
            write_all(STDERR_FILENO,
                std::string("trunkline: standard output cannot be written: ") +
                    std::strerror(reason) + "; what was done stands, see trunkline history\n");
    }
    buffer_.clear();
    return !broken_;
}

} // namespace cli
