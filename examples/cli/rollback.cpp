#include "commands.hpp"
#include "release.hpp"
#include "session.hpp"

#include <trunkline/core/error.hpp>

namespace cli {

using trunkline::errc;
using trunkline::error;
using trunkline::store::release_state;

namespace {

std::int64_t to_release(std::string const& text)
{
    auto const number = trunkline::parse_release(text);
    if (!number)
        throw usage_error("\"" + text +
            "\" is not a release; they are called r1, r2, ... (see trunkline history)");
    return *number;
}

void check_arguments(session const& s)
{
    auto const& o = s.options;
    int const ways = (o.arguments.empty() ? 0 : 1) + (o.last ? 1 : 0) + (o.since.empty() ? 0 : 1);
    if (ways != 1)
        throw usage_error("name what to take back in one way; usage: trunkline rollback RELEASE, "
                          "--last, or --since RELEASE");
}

release_outcome take_back(session& s, trunkline::control_center& center, std::int64_t number)
{
    auto const o = release_options(s, true);
    return s.run<trunkline::apply_report>([&](diagnostics& diag, auto token) {
        center.async_rollback(number, o, diag, std::move(token));
    });
}

exit_code rollback_one(session& s, std::int64_t number)
{
    auto const r = take_back(s, s.center(store_use::existing), number);
    show_release(s, r);
    return finish_release(s, r);
}

/// Newest first: rollbacks themselves, and what is taken back already, are passed over.
std::vector<std::int64_t> releases_down_to(trunkline::control_center& center, std::int64_t number)
{
    static_cast<void>(center.release(number)); // says so if there is none
    std::vector<std::int64_t> out;
    for (auto const& r : center.history())
        if (r.number >= number && r.reverts == 0 && r.state != release_state::rolled_back)
            out.push_back(r.number);
    return out;
}

/// One command that takes back several releases, and what has become of each.
class series {
public:
    explicit series(session& s) : s_(s), center_(s.center(store_use::existing)) {}

    exit_code run(std::int64_t down_to)
    {
        auto const numbers = releases_down_to(center_, down_to);
        if (numbers.empty())
            s_.out.report("Nothing to do: everything since " + release_name(down_to) +
                " is taken back already");
        for (auto const n : numbers) {
            if (s_.options.dry_run && !documents_.empty()) {
                // What an older one would do depends on the newer ones being back.
                later_.push_back(release_name(n));
                continue;
            }
            if (auto const ended = step(n)) return *ended;
        }
        if (!later_.empty()) s_.out.print("then, in this order: " + joined(later_));
        s_.out.document(document());
        return exit_code::done;
    }

private:
    /// Nothing to go on with the next one.
    std::optional<exit_code> step(std::int64_t n)
    {
        s_.out.report(line().add("Taking back " + release_name(n), style::bold));
        auto const r = take_back(s_, center_, n);
        if (r.code == errc::unknown_release) { // it is there, so this says that it changed nothing
            s_.out.report("  it changed nothing");
            return std::nullopt;
        }
        show_release(s_, r);
        documents_.push_back(trunkline::to_json(r.result, s_.options.dry_run));
        if (r.ok()) {
            done_.push_back(release_name(n) + (r.result.plan.leaves_some ? " (in part)" : ""));
            return std::nullopt;
        }
        auto diag = advised(s_, r);
        diag.message = release_name(n) + ": " + diag.message + "; " +
            (done_.empty() ? std::string("none is taken back") : joined(done_) + " are taken back") +
            ", the rest is as it was";
        return s_.fail(r.code, diag, document());
    }

    json::object document() const
    {
        json::object o{{"rollbacks", documents_}};
        if (!later_.empty()) o.set("then", json::array(later_.begin(), later_.end()));
        return o;
    }

    session& s_;
    trunkline::control_center& center_;
    json::array documents_;
    std::vector<std::string> done_;
    std::vector<std::string> later_;
};

} // namespace

exit_code run_rollback(session& s)
{
    check_arguments(s);
    auto const& o = s.options;
    auto const number = o.last ? 0 : to_release(o.since.empty() ? o.arguments[0] : o.since);
    s.require_consent("rollback");
    return o.since.empty() ? rollback_one(s, number) : series(s).run(number);
}

} // namespace cli
