#pragma once

#include <trunkline/mask/masker.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace trunkline {

/**
 * Masks a text that arrives in pieces. However it is cut, what comes out, put together, is what
 * masker::mask() makes of the whole. Holds back up to 10 KiB that are not decided yet; less than
 * 16 KiB of state whatever the length.
 *
 * After a failure a marker comes out once and nothing of the input any more.
 * Thread safety: none. Lifetimes: may outlive the masker it was made from.
 */
class mask_stream {
public:
    /// Throws std::bad_alloc.
    mask_stream(masker const& m, mask_zone zone);
    mask_stream(mask_stream&&) noexcept;
    mask_stream& operator=(mask_stream&&) noexcept;
    ~mask_stream();

    /// Takes a piece and appends what is decided to `out`. Never throws.
    mask_status feed(std::string_view piece, std::string& out) noexcept;
    /// The input has ended: appends the rest. The stream is then as new.
    mask_status flush(std::string& out) noexcept;

    mask_counts const& counts() const noexcept;
    /// Bytes this object takes, with everything it holds.
    static std::size_t state_size() noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

} // namespace trunkline
