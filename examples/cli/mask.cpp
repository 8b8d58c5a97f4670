#include "commands.hpp"
#include "files.hpp"
#include "session.hpp"

#include <trunkline/mask/masker.hpp>
#include <trunkline/mask/stream.hpp>

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace cli {

using trunkline::mask_policy;
using trunkline::mask_status;
using trunkline::mask_stream;
using trunkline::mask_zone;
using trunkline::masker;

namespace {

mask_policy read_policy(std::string const& file)
{
    if (file.empty()) return mask_policy::defaults();
    try {
        return mask_policy::from_json(read_file(file));
    } catch (std::invalid_argument const& e) {
        throw trunkline::error(trunkline::errc::invalid_argument, file + ": " + e.what());
    }
}

/// Calls take(bytes) for each piece of standard input, until it says that nobody wants more. False
/// if a signal ended it.
template <class Take>
bool read_input(Take take)
{
    char piece[65536];
    for (;;) {
        auto const n = ::read(STDIN_FILENO, piece, sizeof piece);
        if (n < 0 && errno == EINTR && !interrupt::happened()) continue;
        if (interrupt::happened()) return false;
        if (n < 0)
            throw trunkline::error(trunkline::errc::invalid_argument,
                std::string("standard input cannot be read: ") + std::strerror(errno));
        if (n == 0) return true;
        if (!take(std::string_view(piece, static_cast<std::size_t>(n)))) return true;
    }
}

exit_code failed(session& s)
{
    s.out.error("the masker failed; a marker stands where the text would");
    return exit_code::error;
}

exit_code mask_text(session& s, masker const& m, mask_zone zone)
{
    mask_stream stream(m, zone);
    auto status = mask_status::done;
    std::string ready;
    auto const pass_on = [&](mask_status result) {
        if (result != mask_status::done) status = result;
        s.out.verbatim(ready);
        ready.clear();
        return s.out.flush(); // false: the reader has gone
    };
    bool const whole =
        read_input([&](std::string_view piece) { return pass_on(stream.feed(piece, ready)); });
    pass_on(stream.flush(ready));
    if (status != mask_status::done) return failed(s);
    return whole ? exit_code::done : exit_code::interrupted;
}

/// Line and byte of a place, both from 1, for one place behind the other.
class place_counter {
public:
    explicit place_counter(std::string_view text) : text_(text) {}

    void move_to(std::size_t at)
    {
        for (; at_ < at; ++at_)
            if (text_[at_] == '\n') {
                ++line;
                line_begin_ = at_ + 1;
            }
        column = at - line_begin_ + 1;
    }
    std::size_t line = 1;
    std::size_t column = 1;

private:
    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_begin_ = 0;
};

/// [{"type": "PHONE", "count": 2}, ...]: as rows, because a number under the key "PASSWORD" would
/// be masked by whoever reads it next.
template <class Kind>
json::array rows_of(trunkline::mask_counts const& counts, std::size_t kinds, std::string_view label)
{
    json::array rows;
    for (std::size_t k = 0; k < kinds; ++k)
        if (auto const n = counts.of(static_cast<Kind>(k)))
            rows.push_back(json::object{{label, name(static_cast<Kind>(k))}, {"count", n}});
    return rows;
}

/// What would be masked: where and why, never what.
exit_code report(session& s, masker const& m, mask_zone zone)
{
    std::string text;
    auto const most = m.policy().max_input();
    bool const whole = read_input([&](std::string_view piece) {
        text += piece;
        return text.size() <= most; // more is refused below
    });
    if (!whole) return exit_code::interrupted;
    auto const r = m.inspect(text, zone);
    if (r.status == mask_status::limit)
        throw trunkline::error(trunkline::errc::too_large,
            "a dry run reads at most " + counted(most, "byte") + "; see max_input of the policy");
    if (r.status != mask_status::done) return failed(s);
    place_counter place(text);
    json::array findings;
    for (auto const& f : r.findings) {
        place.move_to(f.begin);
        auto const why = std::string(name(f.reason)) + (f.rule.empty() ? "" : ": " + f.rule);
        s.out.print(std::to_string(place.line) + ":" + std::to_string(place.column) + "  " +
            padded(counted(f.end - f.begin, "byte"), 12) + padded(name(f.type), 26) + why);
        findings.push_back(json::object{{"begin", f.begin}, {"end", f.end}, {"line", place.line},
            {"column", place.column}, {"type", name(f.type)}, {"reason", name(f.reason)},
            {"rule", f.rule.empty() ? json::value(nullptr) : json::value(f.rule)}});
    }
    s.out.print(
        counted(r.counts.total(), "value") + " would be masked in zone " + std::string(name(zone)));
    s.out.document(json::object{{"zone", name(zone)}, {"bytes", text.size()},
        {"types", rows_of<trunkline::mask_type>(r.counts, trunkline::mask_type_count, "type")},
        {"reasons",
            rows_of<trunkline::mask_reason>(r.counts, trunkline::mask_reason_count, "reason")},
        {"findings", std::move(findings)}});
    return exit_code::done;
}

/// {"id": ..., "text": "..."} as lines in, {"id": ..., "out": "..."} as lines out.
class line_filter {
public:
    line_filter(session& s, masker const& m, mask_zone zone) : s_(s), masker_(m), zone_(zone) {}

    bool take(std::string_view piece)
    {
        for (;;) {
            auto const end = piece.find('\n');
            rest_ += piece.substr(0, end);
            if (end == piece.npos) return !gone_;
            one(rest_);
            rest_.clear();
            piece.remove_prefix(end + 1);
        }
    }
    exit_code end()
    {
        if (!rest_.empty()) one(rest_);
        s_.out.flush();
        if (broken_ == 0) return exit_code::done;
        s_.out.error(counted(broken_, "line") +
            R"( could not be masked; they say "error" instead of "out")");
        return exit_code::error;
    }

private:
    void one(std::string_view line)
    {
        ++number_;
        if (line.find_first_not_of(" \t\r") == line.npos) return;
        json::parse_error why;
        auto const document = json::parse(line, why);
        auto const* const text = document ? document->find("text") : nullptr;
        json::object answer;
        answer.set("id", document ? document->at_or_null("id") : json::value());
        if (!text || !text->is_string()) {
            // Without the reason: it could repeat a part of the line.
            answer.set("error",
                "line " + std::to_string(number_) + R"( is not {"id": ..., "text": "..."})");
            ++broken_;
        } else {
            auto const& in = text->as_string();
            auto const result = masker_.mask(in, zone_);
            answer.set("out", result.text(in));
            if (result.status != mask_status::done) {
                answer.set("error", "the masker failed");
                ++broken_;
            }
        }
        s_.out.verbatim(json::to_text(answer) + "\n");
        if (++unwritten_ % 256 == 0) gone_ = !s_.out.flush();
    }

    session& s_;
    masker const& masker_;
    mask_zone zone_;
    std::string rest_;
    std::size_t number_ = 0;
    std::size_t unwritten_ = 0;
    std::size_t broken_ = 0;
    bool gone_ = false; ///< The reader.
};

} // namespace

exit_code run_mask(session& s)
{
    auto const zone = trunkline::mask_zone_of(s.options.zone);
    if (!zone)
        throw usage_error("--zone: \"" + s.options.zone +
            "\" is none of log, error, api, webhook_out, export, transcript");
    if (s.options.dry_run && s.options.json_lines)
        throw usage_error("--dry-run reports on one text; leave --jsonl out");
    masker const m(read_policy(s.options.policy_file));
    if (s.options.dry_run) return report(s, m, *zone);
    if (!s.options.json_lines) return mask_text(s, m, *zone);
    line_filter lines(s, m, *zone);
    bool const whole = read_input([&](std::string_view piece) { return lines.take(piece); });
    auto const code = lines.end();
    return whole ? code : exit_code::interrupted;
}

} // namespace cli
