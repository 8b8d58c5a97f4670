// What the service sends, as bytes, on its whole way: pieces of any size, HTTP, decoding for an operation,
// classification, the retry table, paging. Input: which operation, how it is cut, then the bytes.

#include "target.hpp"

#include <trunkline/core/random.hpp>
#include <trunkline/retell/exchange.hpp>
#include <trunkline/retell/outcome.hpp>
#include <trunkline/retell/paging.hpp>
#include <trunkline/retell/retry.hpp>

#include <http/wire.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using namespace trunkline;
using namespace trunkline::retell;

constexpr std::size_t max_bytes = 1u << 20;

/// One line that starts with the operation's name and is no longer than a line should be.
void expect_named(operation const& op, diagnostics const& d)
{
    constexpr std::size_t longest = 2000;
    FUZZ_EXPECT(d.operation == op.name);
    FUZZ_EXPECT(d.message.starts_with(op.name));
    FUZZ_EXPECT(d.message.size() < longest);
    FUZZ_EXPECT(std::ranges::none_of(d.message, [](char c) { return c >= 0 && c < ' '; }));
    FUZZ_EXPECT(d.request_id.size() < longest);
}

void expect_owed(operation const& op, answer const& a)
{
    FUZZ_EXPECT(a.status >= 200 && a.status < 300);
    switch (op.result) {
    case result_kind::nothing: return;
    case result_kind::object: FUZZ_EXPECT(a.body.is_object()); return;
    case result_kind::array: FUZZ_EXPECT(a.body.is_array()); return;
    case result_kind::page:
        FUZZ_EXPECT(a.body.at_or_null("items").is_array());
        FUZZ_EXPECT(a.body.at_or_null("has_more").is_bool());
        return;
    }
}

/// As a connection reads: pieces as they come, what is not taken offered again with more behind it.
void read(http::wire::response_reader& reader, std::string_view bytes, random_source& cut)
{
    std::string pending;
    while (!bytes.empty() && !reader.done() && reader.trouble() == http::wire::trouble::none) {
        auto const n =
            std::min<std::size_t>(1 + cut.below(cut.below(4) == 0 ? 4096 : 16), bytes.size());
        pending.append(bytes.substr(0, n));
        bytes.remove_prefix(n);
        pending.erase(0, reader.feed(pending));
    }
    if (!reader.done()) reader.end_of_stream(cut.below(2) == 0);
}

void walk(operation const& op, json::value body)
{
    page_walker walker(op, arguments());
    diagnostics d;
    if (auto const code = walker.take(json::value(body), d)) {
        FUZZ_EXPECT(walker.done());
        return expect_named(op, d);
    }
    auto const first = walker.rows().size();
    if (walker.done()) return;
    // The same page again: its cursor does not move.
    FUZZ_EXPECT(walker.take(std::move(body), d) == errc::list_unstable);
    FUZZ_EXPECT(first == 0 || walker.rows().empty());
}

/// What follows from an answer that is no success; none of it may throw or change the operation's name.
void judge(operation const& op, http::response const& in, attempt_outcome seen)
{
    seen.should_retry = read_should_retry(in.headers);
    seen.concurrency = names_concurrency(in);
    FUZZ_EXPECT(!seen.retry_after || seen.retry_after->count() >= 0);
    FUZZ_EXPECT(classify(op, seen) != outcome::ok);
    random_source random(1);
    auto const next = decide(retry_options(), op, seen, 1, random);
    FUZZ_EXPECT(next.code == seen.code || next.code == errc::outcome_unknown);
    if (op.retry == retry_class::once && next.action == retry_action::wait)
        FUZZ_EXPECT(seen.code == errc::rate_limited);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2) return 0;
    auto const all = operations();
    auto const& op = all[data[0] % all.size()];
    random_source cut(data[1]);
    std::string_view const bytes(reinterpret_cast<char const*>(data) + 2, size - 2);

    http::wire::response_reader reader(http::wire::answers::ordinary, max_bytes);
    read(reader, bytes, cut);
    attempt_outcome seen;
    diagnostics d;
    answer a;
    if (!reader.done()) {
        FUZZ_EXPECT(reader.trouble() != http::wire::trouble::none);
        auto const head = reader.take_head();
        describe_head(head, d, 1'760'000'000'000);
        FUZZ_EXPECT((head.status == 0) == (d.http_status == 0));
        seen.code = errc::protocol_error;
        seen.progress = http::progress::sent;
        seen.retry_after = d.retry_after;
        judge(op, head, seen);
        return 0;
    }
    auto const response = reader.take();
    FUZZ_EXPECT(response.body.size() <= max_bytes);
    seen.code = decode(op, response, a, d, 1'760'000'000'000);
    if (!seen.code) {
        expect_owed(op, a);
        FUZZ_EXPECT(d.message.empty());
        if (page_walker::can_walk(op)) walk(op, std::move(a.body));
        return 0;
    }
    expect_named(op, d);
    FUZZ_EXPECT(d.http_status == response.status);
    seen.progress = http::progress::answered;
    seen.retry_after = d.retry_after;
    judge(op, response, seen);
    return 0;
}
