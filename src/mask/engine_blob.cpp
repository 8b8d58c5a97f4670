#include "engine.hpp"

#include <algorithm>
#include <cstring>

namespace trunkline::mask_detail {

/// A run of base64 or hex goes if what it stands for holds anything that would.
std::size_t engine::try_blob(std::size_t i)
{
    if (!blobs_) return i;
    if (i >= floor_ + looked_behind && !anchors_.is_run(i)) return i;
    return look_into(i);
}

/// The verdict on a run depends on its bytes, and whether others stand before it.
std::size_t engine::look_into(std::size_t i)
{
    auto const t = seen();
    constexpr auto longest = sizeof known_blob::bytes;
    bool const inside = is_base64(t.before(i));
    if (!may_be_blob(t, i, inside)) return i;
    auto const run = inside ? t.skip(i, is_alnum, longest) : t.skip(i, is_base64, longest);
    auto const size = t.skip(
                          run, [](byte c) { return c == '='; }, longest) -
        i;
    if (size >= longest) return go_on_in_blob(i, t);
    auto const* const bytes = window_.data() + i;
    auto const last = size > 3 ? bytes[size - 3] : byte{0};
    auto& known = known_blobs_[(bytes[1] + bytes[size / 2] + last) % known_blobs_.size()];
    if (known.size != size || known.inside != inside || std::memcmp(known.bytes, bytes, size) != 0)
    {
        known.size = 0;
        judge(t, i, known);
        known.size = static_cast<byte>(size);
        known.inside = inside;
        std::memcpy(known.bytes, bytes, size);
    }
    if (!known.found) return i;
    return mask_run({known.type, i, i + known.end}, mask_reason::encoded);
}

/// A long run at `i`: masked, or to be looked at again where this round ends if it goes on there.
std::size_t engine::go_on_in_blob(std::size_t i, text t)
{
    known_blob verdict;
    judge(t, i, verdict);
    if (verdict.found) return mask_run({verdict.type, i, i + verdict.end}, mask_reason::encoded);
    if (verdict.open && !is_base64(t.before(i)) && i < stop_)
        s().blob_at = source(i + (stop_ - i + 3) / 4 * 4);
    return i;
}

/// At the beginning of a round that stands in a long run: what is seen of it now.
std::size_t engine::look_further(std::size_t i)
{
    auto const p = window_.index(s().blob_at);
    bool const inside = s().mode == mode::scan && s().table.separator == 0 && p < i + 8 &&
        floor_ <= p && source(p) == s().blob_at;
    s().blob_at = 0;
    if (!inside) return i;
    auto const e = go_on_in_blob(p, seen().from(p)); // nothing stands before it, so to say
    return e == p ? i : e;
}

void engine::judge(text t, std::size_t i, known_blob& verdict)
{
    blob b;
    verdict.open = false;
    verdict.found = find_blob(t, i, b);
    if (!verdict.found) return;
    verdict.open = b.end == window_.size() && !last_;
    output nowhere;
    mask_counts found;
    engine_state fresh;
    engine inside(policy_, zone_, nowhere, found, false);
    inside.round(fresh, {reinterpret_cast<char const*>(b.decoded), b.size}, 0, b.size);
    verdict.found = found.total() != 0;
    verdict.end = b.end - i;
    verdict.type = mask_type::encoded_pii;
    if (!verdict.found) return;
    for (std::size_t k = 0; k < mask_type_count; ++k)
        if (found.of(static_cast<mask_type>(k)) != 0 && is_secret(static_cast<mask_type>(k)))
            verdict.type = mask_type::encoded_secret;
}

} // namespace trunkline::mask_detail
