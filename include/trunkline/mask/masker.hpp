#pragma once

#include <trunkline/mask/policy.hpp>
#include <trunkline/mask/types.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace trunkline {

/// What one call of masker::mask() found.
class mask_result {
public:
    mask_result() {}
    mask_status status = mask_status::done;
    mask_counts counts;
    std::string output; ///< Empty if unchanged().

    /// Nothing was found: the caller keeps its own bytes.
    bool unchanged() const noexcept { return status == mask_status::done && !changed; }
    bool changed = false;
    /// What may leave: `in` itself if unchanged, else the output.
    std::string_view text(std::string_view in) const noexcept
    {
        return unchanged() ? in : std::string_view(output);
    }
};

/// One value that would be masked, by place; never the value itself.
class mask_finding {
public:
    mask_finding() {}
    std::size_t begin = 0; ///< In bytes of the input.
    std::size_t end = 0;
    mask_type type = mask_type::generic_secret;
    mask_reason reason = mask_reason::value;
    std::string rule; ///< Of an operator's rule: its name, or "value".
};

/// What masker::inspect() found.
class mask_report {
public:
    mask_report() {}
    mask_status status = mask_status::done;
    mask_counts counts;
    std::vector<mask_finding> findings; ///< In order; empty unless status is done.
};

/**
 * Removes secrets and personal data from bytes. A cheap handle on a policy.
 *
 * Bytes outside masked spans are copied, never written anew; JSON stays JSON, a URL a URL. Masking
 * what was masked changes nothing. No I/O, no thread, no global state; linear in the length.
 * Thread safety: all functions may be called concurrently.
 */
class masker {
public:
    explicit masker(mask_policy policy = mask_policy::defaults());

    /// Never throws and never returns the input after a failure: `output` is a marker then. No
    /// allocation if nothing is found, one otherwise.
    mask_result mask(std::string_view in, mask_zone zone) const noexcept;

    /// A dry run: what mask() would mask, where and why. Counts for nobody. Never throws.
    mask_report inspect(std::string_view in, mask_zone zone) const noexcept;

    /// The most bytes mask() makes of `n`: 2n + 16, with a token key 4n + 32. Saturates.
    std::size_t bound(std::size_t n) const noexcept;

    /**
     * Masks into the caller's buffer without any allocation, unless the policy has values or
     * patterns of an operator. `written` is 0 if nothing was found
     * (keep `in`). Where the buffer is too small, or null: mask_status::limit and the marker, as
     * much of it as fits. `counts` may be null; it is added to.
     */
    mask_status mask_to(std::string_view in, mask_zone zone, char* out, std::size_t capacity,
        std::size_t& written, mask_counts* counts) const noexcept;

    /// From now on, for this handle and its copies. Throws std::invalid_argument unless 8 to 512
    /// bytes.
    void register_secret(std::string_view value);

    /// All calls of this handle and its copies together.
    mask_counts totals() const noexcept;
    /// Calls that ended in a marker.
    std::uint64_t failures() const noexcept;

    mask_policy policy() const noexcept;

private:
    friend class mask_stream;
    class shared;
    std::shared_ptr<shared> shared_;
};

} // namespace trunkline
