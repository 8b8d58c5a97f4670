#include <trunkline/mask/stream.hpp>

#include "masker_shared.hpp"
#include "rule_stage.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

namespace trunkline {

using namespace mask_detail;

class mask_stream::impl {
public:
    impl(std::shared_ptr<masker::shared> o, mask_zone z)
        : owner(std::move(o)), policy(owner->current()), zone(z)
    {
        begin_rules();
    }

    void begin_rules()
    {
        rules.reset();
        if (policy->data().rules.masks()) rules.emplace(policy->data(), zone, counts);
    }

    /// Decides one round: the same part of the input that a round over the whole would see.
    void round(std::string& out, bool last)
    {
        output o(out, 0);
        mask_counts found;
        auto const end = base + size;
        auto const limit = last ? end : decided + round_size;
        engine e(policy->data(), zone, o, found);
        auto const begin = decided > look_back ? decided - look_back : 0;
        auto const visible_end = last ? end : std::min(end, decided + 2 * round_size);
        auto const raw = std::string_view(held.data(), size);
        o.see(raw, base);
        o.resume(copied, total);
        e.round(state, raw.substr(begin - base, visible_end - begin), begin, limit);
        decided = limit;
        auto const keep = last ? end : std::max(base, decided > look_back ? decided - look_back : 0);
        o.copy(keep);
        copied = std::max(o.copied(), keep);
        total = o.written();
        counts += found;
        owner->add(found);
        if (keep > base) {
            std::memmove(held.data(), held.data() + (keep - base), end - keep);
            size = end - keep;
            base = keep;
        }
    }

    /// Both stages; counts of the second are added by difference, because it keeps no sum of its own.
    void take_all(std::string_view piece, std::string& out)
    {
        if (!rules) return take(piece, out);
        std::string left;
        take(piece, left);
        apply_rules(left, false, out);
    }
    void end_all(std::string& out)
    {
        if (!rules) {
            if (size != 0) round(out, true);
            return;
        }
        std::string left;
        if (size != 0) round(left, true);
        apply_rules(left, true, out);
    }
    void apply_rules(std::string_view left, bool last, std::string& out)
    {
        auto const before = counts;
        rules->feed(left, out);
        if (last) rules->flush(out);
        owner->add(counts - before);
    }

    void take(std::string_view piece, std::string& out)
    {
        while (!piece.empty()) {
            auto const n = std::min(piece.size(), held.size() - size);
            std::memcpy(held.data() + size, piece.data(), n);
            size += n;
            piece.remove_prefix(n);
            // One byte more than the round sees: else it is the last one.
            while (base + size > decided + 2 * round_size) round(out, false);
        }
    }

    void reset()
    {
        state = {};
        size = base = decided = copied = total = 0;
        failed = false;
        policy = owner->current();
        begin_rules();
    }

    std::shared_ptr<masker::shared> owner;
    std::shared_ptr<mask_policy const> policy;
    mask_zone zone;
    engine_state state;
    mask_counts counts;
    std::optional<rule_stage> rules; ///< Where the policy has any; keeps up to 10 KiB of its own.
    std::size_t base = 0;            ///< Where what is held begins.
    std::size_t size = 0;            ///< How much is held.
    std::size_t decided = 0;         ///< How far rounds went.
    std::size_t copied = 0;
    std::size_t total = 0; ///< Written so far.
    bool failed = false;
    std::array<char, look_back + 2 * round_size + 64> held;
};

mask_stream::mask_stream(masker const& m, mask_zone zone)
    : impl_(std::make_unique<impl>(m.shared_, zone))
{}
mask_stream::mask_stream(mask_stream&&) noexcept = default;
mask_stream& mask_stream::operator=(mask_stream&&) noexcept = default;
mask_stream::~mask_stream() = default;

mask_status mask_stream::feed(std::string_view piece, std::string& out) noexcept
{
    if (impl_->failed) return mask_status::internal;
    auto const before = out.size();
    try {
        impl_->take_all(piece, out);
        return mask_status::done;
    } catch (...) {
        impl_->failed = true;
        impl_->owner->fail();
        out.resize(before);
        try {
            out += error_marker;
        } catch (...) { // no room for the marker: nothing comes out, and the status says why
        }
        return mask_status::internal;
    }
}

mask_status mask_stream::flush(std::string& out) noexcept
{
    auto status = impl_->failed ? mask_status::internal : mask_status::done;
    if (!impl_->failed) {
        auto const before = out.size();
        try {
            impl_->end_all(out);
        } catch (...) {
            status = mask_status::internal;
            impl_->owner->fail();
            out.resize(before);
            try {
                out += error_marker;
            } catch (...) { // as above
            }
        }
    }
    impl_->reset();
    return status;
}

mask_counts const& mask_stream::counts() const noexcept
{
    return impl_->counts;
}

std::size_t mask_stream::state_size() noexcept
{
    return sizeof(mask_stream) + sizeof(impl);
}

} // namespace trunkline
