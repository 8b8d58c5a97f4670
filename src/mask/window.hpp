#pragma once

#include "chars.hpp"
#include "scan.hpp"

#include <array>
#include <utility>

namespace trunkline::mask_detail {

/// The engine works in rounds of this many source bytes, each with one more round of look-ahead and
/// some look-back. What a round sees depends on its number alone, never on how the input was cut:
/// that is why a stream gives what one piece gives.
inline constexpr std::size_t round_size = 4096;
inline constexpr std::size_t look_back = 1024;
inline constexpr std::size_t window_capacity = look_back + 2 * round_size + 64;

/// Where characters stand in the source, so far as that is not one byte each: behind every escape
/// begins a stretch in which it is again. A document has few of them, a window at most one for two
/// bytes.
class stretches {
public:
    void clear() noexcept
    {
        size_ = 0;
        forget();
    }
    /// To be called when there are others than before.
    void forget() noexcept
    {
        begin_ = end_ = 0;
        known_ = most;
    }
    /// Character `index` stands at `place`, and those behind it follow.
    void add(std::size_t index, std::size_t place) noexcept
    {
        if (size_ != 0 && begins_[size_ - 1] == index) --size_;
        begins_[size_] = static_cast<std::uint16_t>(index);
        shifts_[size_++] = static_cast<std::int16_t>(place - index);
    }
    /// Forgets those that begin behind character `index`.
    void cut(std::size_t index) noexcept
    {
        while (size_ != 0 && begins_[size_ - 1] > index) --size_;
    }
    /// Where `count` characters end, if nothing is undone at their end.
    std::size_t end_of(std::size_t count) const noexcept
    {
        return count + (size_ != 0 ? shift(size_ - 1) : 0);
    }
    /// What it was for characters from `first` up to `last`, when `first` becomes the first one and
    /// the place `moved` the first place.
    void keep(std::size_t first, std::size_t last, std::size_t moved) noexcept;
    /// Whether one of them begins behind a digit of `chars`.
    bool part_digits(byte const* chars) const noexcept;
    std::size_t place(std::size_t index) const noexcept
    {
        if (index - begin_ >= end_ - begin_) look_up(index);
        return index + shift_;
    }
    /// The first of `count` characters that stands at `place` or behind it; `count` if none does.
    std::size_t index(std::size_t place, std::size_t count) const noexcept;

private:
    [[gnu::hot]] void look_up(std::size_t index) const noexcept;
    std::size_t shift(std::size_t k) const noexcept
    {
        return static_cast<std::size_t>(std::ptrdiff_t{shifts_[k]});
    }

    static constexpr std::size_t most = window_capacity / 2 + 64;
    std::size_t size_ = 0;
    std::array<std::uint16_t, most> begins_; ///< Each greater than the one before.
    /// From a character's index to its place. Below zero in a letter that one escape stands for and
    /// that is several bytes long.
    std::array<std::int16_t, most> shifts_;
    // The stretch that was asked for last.
    mutable std::size_t known_ = most, begin_ = 0, end_ = 0, shift_ = 0;
};

/**
 * A part of the source with its escapes undone, and where each character came from.
 *
 * Undone: JSON escapes up to six deep, percent-encoding two deep, HTML entities, and characters
 * that look like ASCII (no-break and thin spaces, hyphens, full-width forms). Characters without
 * width belong to the one before them. Text without any of these is not copied.
 */
class window {
public:
    /// `raw` is what can be seen, at most window_capacity bytes; it begins at `base` of the source
    /// and must live as long as this is used. Up to `plain_until` it holds no escapes. What was
    /// seen before is a part of the same source.
    [[gnu::hot]] void assign(std::string_view raw, std::size_t base, scan_path path,
        std::size_t plain_until = 0) noexcept;

    byte const* data() const noexcept { return data_; }
    std::size_t size() const noexcept { return size_; }
    /// Whether something was undone: if not, a double quote is '"' and nothing else.
    bool mapped() const noexcept { return mapped_; }
    /// Whether a digit may be more than a byte of the source: coded, or with something behind it
    /// that has no width.
    bool wide_digits() const noexcept { return wide_digits_; }
    /// Where character `i` begins in the source; for size(): where what is seen ends.
    std::size_t source(std::size_t i) const noexcept
    {
        return base_ + (mapped_ ? places_.place(i) : i);
    }
    /// The character that begins at or after a place in the source.
    std::size_t index(std::size_t source) const noexcept;
    /// How many bytes of the source the character takes.
    std::size_t width(std::size_t i) const noexcept { return source(i + 1) - source(i); }

private:
    std::pair<std::size_t, std::size_t> keep_from(std::size_t base) noexcept;

    byte const* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t base_ = 0;
    std::size_t raw_size_ = 0; ///< Of what was undone last.
    bool mapped_ = false;
    bool wide_digits_ = false;
    std::array<byte, window_capacity + 32> chars_; ///< Copied to 32 bytes at a time.
    stretches places_;
};

} // namespace trunkline::mask_detail
