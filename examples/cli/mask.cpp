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

/// Calls take(bytes) for each piece of standard input. False if a signal ended it.
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
        take(std::string_view(piece, static_cast<std::size_t>(n)));
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
        s.out.flush();
        ready.clear();
    };
    bool const whole =
        read_input([&](std::string_view piece) { pass_on(stream.feed(piece, ready)); });
    pass_on(stream.flush(ready));
    if (status != mask_status::done) return failed(s);
    return whole ? exit_code::done : exit_code::interrupted;
}

/// {"id": ..., "text": "..."} as lines in, {"id": ..., "out": "..."} as lines out.
class line_filter {
public:
    line_filter(session& s, masker const& m, mask_zone zone) : s_(s), masker_(m), zone_(zone) {}

    void take(std::string_view piece)
    {
        for (;;) {
            auto const end = piece.find('\n');
            rest_ += piece.substr(0, end);
            if (end == piece.npos) return;
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
        if (++unwritten_ % 256 == 0) s_.out.flush();
    }

    session& s_;
    masker const& masker_;
    mask_zone zone_;
    std::string rest_;
    std::size_t number_ = 0;
    std::size_t unwritten_ = 0;
    std::size_t broken_ = 0;
};

} // namespace

exit_code run_mask(session& s)
{
    auto const zone = trunkline::mask_zone_of(s.options.zone);
    if (!zone)
        throw usage_error("--zone: \"" + s.options.zone +
            "\" is none of log, error, api, webhook_out, export, transcript");
    masker const m(read_policy(s.options.policy_file));
    if (!s.options.json_lines) return mask_text(s, m, *zone);
    line_filter lines(s, m, *zone);
    bool const whole = read_input([&](std::string_view piece) { lines.take(piece); });
    auto const code = lines.end();
    return whole ? code : exit_code::interrupted;
}

} // namespace cli
