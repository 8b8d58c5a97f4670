// Scenario 19: whatever fails, at whatever step, a marker comes out, a status and a count.

#include "mask/allocations.hpp"
#include "mask/support.hpp"

#include <trunkline/mask/masker.hpp>
#include <trunkline/mask/stream.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

using namespace trunkline;
using mask_test::allocations_left;

namespace {

/// Long enough for several rounds; values at both ends and in between.
std::string const& long_input()
{
    static std::string const text = [] {
        std::string t = R"({"password":"hunter2x-one","phone":"+49 171 3920012","a":")";
        for (int n = 0; n < 12; ++n)
            t.append(1500, 'x').append(" anna").append(std::to_string(n)).append("@example.org ");
        return t + R"(","iban":"DE89370400440532013000"})";
    }();
    return text;
}

void check_safe(std::string_view out)
{
    for (std::string_view const part :
        {"hunter2x", "171 392", "anna", "example.org", "37040044", "xxxx"})
        CHECK(out.find(part) == out.npos);
}

mask_policy::builder with_tokens()
{
    mask_policy::builder b;
    b.token_key("k1", "0123456789abcdef").value("example.org", mask_type::person_name);
    return b;
}

/// Runs `call` with the n-th allocation failing, for every n until none does.
template <class Call>
int each_allocation(Call call)
{
    int failures = 0;
    for (long after = 0; after < 5000; ++after, ++failures)
        if (call(after)) return failures;
    FAIL("it never succeeded");
    return failures;
}

} // namespace

TEST_CASE("masker/19: an internal error at any step of mask() and mask_to()")
{
    std::size_t const enough = 2 * long_input().size();
    std::string buffer(enough, '?');
    std::size_t steps = 0;
    for (std::size_t step = 1;; ++step) {
        masker const m(with_tokens().fail_at(step).build());
        auto const r = m.mask(long_input(), mask_zone::log);
        if (r.status == mask_status::done) break;
        steps = step;
        CAPTURE(step);
        CHECK(r.status == mask_status::internal);
        CHECK(r.output == "[MASKER_ERROR]");
        CHECK(r.text(long_input()) == "[MASKER_ERROR]");
        CHECK(r.counts.total() == 0);
        CHECK_FALSE(r.unchanged());
        CHECK(m.failures() == 1);
        CHECK(m.totals().total() == 0);

        std::ranges::fill(buffer, '?');
        std::size_t written = 0;
        mask_counts counts;
        CHECK(m.mask_to(long_input(), mask_zone::log, buffer.data(), buffer.size(), written,
                  &counts) == mask_status::internal);
        CHECK(std::string_view(buffer).substr(0, written) == "[MASKER_ERROR]");
        check_safe(buffer);
        CHECK(counts.total() == 0);
        CHECK(m.failures() == 2);

        auto const report = m.inspect(long_input(), mask_zone::log);
        CHECK(report.status == mask_status::internal);
        CHECK(report.findings.empty());
    }
    CHECK(steps > 17); // rounds, and one for each mask
}

TEST_CASE("masker/19: an internal error at any step of a stream")
{
    std::size_t steps = 0;
    for (std::size_t step = 1;; ++step) {
        masker const m(mask_policy::builder().fail_at(step).build());
        mask_stream s(m, mask_zone::log);
        std::string out;
        auto status = mask_status::done;
        // What had left before is masked; behind the marker nothing comes any more.
        for (std::size_t at = 0; at < long_input().size(); at += 700)
            if (auto const now = s.feed(long_input().substr(at, 700), out); now != mask_status::done)
                status = now;
        if (auto const now = s.flush(out); now != mask_status::done) status = now;
        if (status == mask_status::done) break;
        steps = step;
        CAPTURE(step);
        CHECK(status == mask_status::internal);
        CHECK(out.ends_with("[MASKER_ERROR]"));
        CHECK(out.find("hunter2x") == out.npos);
        CHECK(out.find("@example") == out.npos);
        CHECK(m.failures() == 1);
    }
    CHECK(steps >= 4);
}

TEST_CASE("masker/19: no memory at any allocation, with rules of an operator and in streams")
{
    masker m(with_tokens().build());
    auto const whole = std::string(m.mask(long_input(), mask_zone::log).text(long_input()));
    CHECK(each_allocation([&](long after) {
        auto const before = m.failures();
        allocations_left = after;
        auto const r = m.mask(long_input(), mask_zone::log);
        allocations_left = -1;
        if (r.status == mask_status::done) {
            CHECK(r.output == whole);
            return true;
        }
        CHECK(r.output == "[MASKER_ERROR]");
        CHECK(m.failures() == before + 1);
        return false;
    }) >= 2);

    std::string buffer(4 * long_input().size(), '?');
    each_allocation([&](long after) {
        std::ranges::fill(buffer, '?');
        std::size_t written = 0;
        allocations_left = after;
        auto const status =
            m.mask_to(long_input(), mask_zone::log, buffer.data(), buffer.size(), written, nullptr);
        allocations_left = -1;
        if (status != mask_status::done) check_safe(buffer);
        else CHECK(buffer.substr(0, written) == whole);
        return status == mask_status::done;
    });

    each_allocation([&](long after) {
        mask_stream s(m, mask_zone::log);
        std::string out;
        allocations_left = after;
        auto status = s.feed(long_input(), out);
        auto const ended = s.flush(out);
        allocations_left = -1;
        if (status == mask_status::done) status = ended;
        CHECK(out.find("hunter2x") == out.npos);
        CHECK(out.find("@example") == out.npos);
        return status == mask_status::done;
    });

    each_allocation([&](long after) {
        allocations_left = after;
        auto const r = m.inspect(long_input(), mask_zone::log);
        allocations_left = -1;
        if (r.status != mask_status::done) CHECK(r.findings.empty());
        return r.status == mask_status::done;
    });
}

TEST_CASE("masker/19: a secret that cannot be registered changes nothing")
{
    masker m;
    CHECK(each_allocation([&](long after) {
        allocations_left = after;
        bool failed = false;
        try {
            m.register_secret("a secret of the run");
        } catch (std::bad_alloc const&) {
            failed = true;
        }
        allocations_left = -1;
        bool const hidden = !m.mask("x a secret of the run y", mask_zone::log).unchanged();
        CHECK(hidden == !failed);
        return !failed;
    }) > 5);
}

TEST_CASE("masker/20: sums hold while secrets are registered and calls fail")
{
    masker m(mask_policy::builder().max_input(200).build());
    std::string const too_long(300, 'x');
    std::atomic<std::uint64_t> found{0}, failed{0};
    std::atomic<bool> leaked{false};
    m.register_secret("the first secret");
    std::vector<std::thread> threads;
    for (int k = 0; k < 8; ++k)
        threads.emplace_back([&, k] {
            mask_stream s(m, mask_zone::log);
            for (int n = 0; n < 1'000; ++n) {
                auto const r = m.mask("tel 0171/3920012, the first secret", mask_zone::log);
                found += r.counts.total();
                if (r.output.find("first") != r.output.npos) leaked = true;
                if (n % 10 == 0) failed += !m.mask(too_long, mask_zone::log).text("").empty();
                if (n % 100 == k) m.register_secret("secret number " + std::to_string(k * 100 + n));
                std::string out;
                s.feed("mail max@example.org ", out);
                s.flush(out);
            }
            found += s.counts().total();
        });
    for (auto& t : threads) t.join();
    CHECK_FALSE(leaked);
    CHECK(m.totals().total() == found);
    CHECK(found == 8 * 1'000 * 3);
    CHECK(failed == 800);
    CHECK(m.failures() == 800);
    for (int k = 0; k < 8; ++k)
        for (int n = k; n < 1'000; n += 100)
            REQUIRE(m.mask("secret number " + std::to_string(k * 100 + n), mask_zone::log).output ==
                "[GENERIC_SECRET]");
}
