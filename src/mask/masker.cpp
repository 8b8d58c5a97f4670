#include <trunkline/mask/masker.hpp>

#include "masker_shared.hpp"
#include "rule_stage.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

namespace trunkline {

using namespace mask_detail;

void masker::shared::add(mask_counts const& c) noexcept
{
    for (std::size_t i = 0; i < mask_type_count; ++i)
        if (auto const n = c.of(static_cast<mask_type>(i)); n != 0)
            types[i].fetch_add(n, std::memory_order_relaxed);
    for (std::size_t i = 0; i < mask_reason_count; ++i)
        if (auto const n = c.of(static_cast<mask_reason>(i)); n != 0)
            reasons[i].fetch_add(n, std::memory_order_relaxed);
}

mask_counts masker::shared::sum() const noexcept
{
    mask_counts c;
    for (std::size_t i = 0; i < mask_type_count; ++i)
        c.set(static_cast<mask_type>(i), types[i].load(std::memory_order_relaxed));
    for (std::size_t i = 0; i < mask_reason_count; ++i)
        c.set(static_cast<mask_reason>(i), reasons[i].load(std::memory_order_relaxed));
    return c;
}

namespace {

/// Rounds over a text that is there as a whole.
void run(policy_data const& policy, std::string_view in, mask_zone zone, output& out,
    mask_counts& counts, std::vector<engine_finding>* findings = nullptr)
{
    engine_state state;
    out.see(in, 0);
    engine e(policy, zone, out, counts);
    e.tell(findings);
    for (std::size_t decided = 0; decided < in.size();) {
        auto const begin = decided > look_back ? decided - look_back : 0;
        auto const end = std::min(in.size(), decided + 2 * round_size);
        auto const limit = end == in.size() ? end : decided + round_size;
        e.round(state, in.substr(begin, end - begin), begin, limit);
        decided = limit;
    }
    if (out.changed()) out.copy(in.size());
}

std::size_t bound_of(policy_data const& policy, std::size_t n) noexcept
{
    std::size_t const factor = policy.has_tokens() ? 4 : 2;
    if (n > (std::numeric_limits<std::size_t>::max() - 32) / factor)
        return std::numeric_limits<std::size_t>::max();
    return factor * n + (factor == 4 ? 32 : 16);
}

/// Operators' rules over what the library's own left. Returns whether anything was masked.
bool run_rules(policy_data const& policy, std::string_view in, mask_zone zone, std::size_t bound,
    std::string& out, mask_counts& counts, std::vector<rule_hit>* hits = nullptr)
{
    out.reserve(bound);
    rule_stage stage(policy, zone, counts, hits);
    stage.feed(in, out);
    stage.flush(out);
    return stage.changed();
}

/// The place in the source of a place in the output that lies outside masks.
std::size_t place_before(std::vector<engine_finding> const& masks, std::size_t written)
{
    std::size_t source_end = 0, written_end = 0;
    for (auto const& m : masks) {
        if (m.written > written) break;
        source_end = m.end;
        written_end = m.written;
    }
    return source_end + (written - written_end);
}

} // namespace

masker::masker(mask_policy policy) : shared_(std::make_shared<shared>(std::move(policy))) {}

mask_result masker::mask(std::string_view in, mask_zone zone) const noexcept
{
    mask_result result;
    try {
        auto const policy = shared_->current();
        auto const& data = policy->data();
        if (in.size() > data.max_input) {
            result.status = mask_status::limit;
        } else {
            auto const most = bound_of(data, in.size());
            output out(result.output, most);
            run(data, in, zone, out, result.counts);
            result.changed = out.changed();
            if (data.rules.masks()) {
                std::string more;
                if (run_rules(data, result.text(in), zone, most, more, result.counts)) {
                    result.output = std::move(more);
                    result.changed = true;
                }
            }
        }
    } catch (...) {
        result.status = mask_status::internal;
    }
    if (result.status != mask_status::done) {
        result.output.clear(); // what is written next fits without memory of its own
        result.output.assign(marker_of(result.status));
        result.counts = {};
        shared_->fail();
    }
    if (result.changed) shared_->add(result.counts);
    return result;
}

mask_report masker::inspect(std::string_view in, mask_zone zone) const noexcept
{
    mask_report report;
    try {
        auto const policy = shared_->current();
        auto const& data = policy->data();
        if (in.size() > data.max_input) {
            report.status = mask_status::limit;
            return report;
        }
        std::string masked, more;
        output out(masked, 0);
        std::vector<engine_finding> masks;
        std::vector<rule_hit> hits;
        run(data, in, zone, out, report.counts, &masks);
        if (data.rules.masks())
            run_rules(data, out.changed() ? std::string_view(masked) : in, zone, 0, more,
                report.counts, &hits);
        for (auto const& m : masks) {
            mask_finding f;
            f.begin = m.begin;
            f.end = m.end;
            f.type = m.type;
            f.reason = m.reason;
            report.findings.push_back(std::move(f));
        }
        for (auto const& h : hits) {
            mask_finding f;
            f.begin = place_before(masks, h.begin);
            f.end = f.begin + (h.end - h.begin);
            f.type = h.type;
            f.reason = mask_reason::rule;
            f.rule = data.rules.names()[h.rule];
            report.findings.push_back(std::move(f));
        }
        std::ranges::sort(report.findings, {}, &mask_finding::begin);
    } catch (...) {
        report = mask_report();
        report.status = mask_status::internal;
    }
    return report;
}

std::size_t masker::bound(std::size_t n) const noexcept
{
    return bound_of(shared_->current()->data(), n);
}

mask_status masker::mask_to(std::string_view in, mask_zone zone, char* buffer, std::size_t capacity,
    std::size_t& written, mask_counts* counts) const noexcept
{
    auto status = mask_status::done;
    mask_counts found;
    written = 0;
    char nowhere = 0;
    if (!buffer) buffer = &nowhere; // no room is too little room: an output without any only counts
    try {
        auto const policy = shared_->current();
        if (in.size() > policy->data().max_input) {
            status = mask_status::limit;
        } else {
            output out(buffer, capacity);
            run(policy->data(), in, zone, out, found);
            if (out.overflowed()) status = mask_status::limit;
            else if (out.changed()) written = out.written();
            if (policy->data().rules.masks() && status == mask_status::done) {
                std::string more;
                auto const left = out.changed() ? std::string_view(buffer, written) : in;
                if (run_rules(policy->data(), left, zone, 0, more, found)) {
                    written = more.size();
                    if (written > capacity) status = mask_status::limit;
                    else std::memcpy(buffer, more.data(), written);
                }
            }
        }
    } catch (...) {
        status = mask_status::internal;
    }
    if (status != mask_status::done) {
        auto const marker = marker_of(status);
        written = std::min(capacity, marker.size());
        std::memset(buffer, 0, capacity); // parts of the input may stand there
        std::memcpy(buffer, marker.data(), written);
        shared_->fail();
        return status;
    }
    shared_->add(found);
    if (counts) *counts += found;
    return status;
}

void masker::register_secret(std::string_view value)
{
    std::lock_guard const lock(shared_->writing);
    mask_policy::builder b(*shared_->current());
    b.secret(value);
    std::atomic_store(&shared_->policy, std::make_shared<mask_policy const>(b.build()));
}

mask_counts masker::totals() const noexcept
{
    return shared_->sum();
}

std::uint64_t masker::failures() const noexcept
{
    return shared_->failures.load(std::memory_order_relaxed);
}

mask_policy masker::policy() const noexcept
{
    return *shared_->current();
}

} // namespace trunkline
