#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace trunkline::mask_detail {

/// Where masked text goes: copies of the source between masks. Nothing is written before the first
/// mask. One of three kinds: a growing string, a buffer of the caller, or nowhere (to see whether
/// anything would be masked).
class output {
public:
    output() = default;
    /// The string gets room for `bound` bytes at the first mask.
    output(std::string& out, std::size_t bound) noexcept : string_(&out), bound_(bound) {}
    output(char* out, std::size_t capacity) noexcept : buffer_(out), capacity_(capacity) {}

    /// What can be copied from: `raw` stands at `base` of the source.
    void see(std::string_view raw, std::size_t base) noexcept
    {
        raw_ = raw;
        base_ = base;
    }
    /// Goes on where another left off.
    void resume(std::size_t copied, std::size_t written) noexcept
    {
        copied_ = copied;
        written_ = written;
    }
    /// Copies up to `from`, writes `text`, goes on behind `to`.
    [[gnu::hot]] void replace(std::size_t from, std::size_t to, std::string_view text);
    /// Leaves out what comes before `to`.
    void drop(std::size_t to) noexcept
    {
        if (to > copied_) copied_ = to;
    }
    /// Copies up to `to`.
    [[gnu::hot]] void copy(std::size_t to);

    bool changed() const noexcept { return changed_; }
    bool overflowed() const noexcept { return overflowed_; }
    std::size_t written() const noexcept { return written_; }
    std::size_t copied() const noexcept { return copied_; }

private:
    void append(std::string_view text);

    std::string* string_ = nullptr;
    std::size_t bound_ = 0;
    char* buffer_ = nullptr;
    std::size_t capacity_ = 0;
    std::string_view raw_;
    std::size_t base_ = 0;
    std::size_t copied_ = 0;
    std::size_t written_ = 0;
    bool changed_ = false;
    bool overflowed_ = false;
};

} // namespace trunkline::mask_detail
