#pragma once

#include "settings.hpp"
#include "text.hpp"

#include <trunkline/core/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cli {

enum class style { plain, bold, dim, red, green, yellow, cyan };

/// One line of output. Whatever is put into it is made printable; only the styles are our own, so
/// that nothing the service or a file says can act on a terminal.
class line {
public:
    line() = default;
    line(std::string_view text) { add(text); }
    line(std::string const& text) { add(text); }
    line(char const* text) { add(text); }
    line& add(std::string_view text, style s = style::plain);
    line& operator<<(std::string_view text) { return add(text); }

    std::string const& colored() const noexcept { return colored_; }
    std::string const& plain() const noexcept { return plain_; }

private:
    std::string colored_;
    std::string plain_;
};

/**
 * The two streams. People read lines on standard output; with --json they get none, and a program
 * gets exactly one document instead. Everything about the run itself (progress, notes, errors) goes
 * to standard error. Secrets are masked in all of it (shown.hpp), unless --show-secrets asks for
 * them in an answer.
 */
class console {
public:
    explicit console(settings const& s);

    bool json() const noexcept { return json_; }

    /// A line of the result. Nothing under --json.
    void print(line const& l = {});
    /// A line that --quiet leaves out too: what was done, where the command was asked to do it.
    void report(line const& l = {});
    /// The one document of --json. Nothing otherwise.
    void document(json::value const& v);
    /// Text as it is laid out, as `call` prints an answer.
    void raw(std::string_view text);
    /// Text that holds no secret, or whose secrets were asked for; nothing in it is masked.
    void verbatim(std::string_view text);

    /// About the run, on standard error: "trunkline: resuming release r5". Not with --quiet or --json.
    void note(std::string_view text);
    /// About the run for a program, on standard error: one line of JSON. Only under --json, not with
    /// --quiet.
    void log_document(json::value const& v);
    /// Always shown, one line.
    void error(std::string_view text);

    /// Whether somebody is there to answer a question.
    bool can_ask() const noexcept;
    /// "Release these 2 agents? [y/N]". False also when interrupted or at the end of input.
    bool ask(std::string_view question);

    /// Redraws the one line that shows how far the work is; only on a terminal.
    void progress(std::string_view text);
    void clear_progress();
    bool shows_progress() const noexcept { return progress_; }

    /// Writes out what is buffered. False if standard output did not take everything.
    bool flush();

private:
    void settle();

    bool json_;
    bool quiet_;
    bool color_;
    bool progress_;
    bool show_secrets_;
    bool line_drawn_ = false;
    bool broken_ = false;
    std::vector<line> lines_; ///< Not masked yet: what they say together may be a secret.
    std::string buffer_;
};

} // namespace cli
