#pragma once

#include <cstdint>

namespace trunkline {

/**
 * A seedable source of randomness for jitter, ids and test data (SplitMix64; not for keys, see
 * crypto::random_bytes). The same seed gives the same run. Not thread-safe.
 */
class random_source {
public:
    explicit random_source(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept
    {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    /// Uniform in [0, bound). Precondition: bound > 0.
    std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }
    /// Uniform in [0, 1).
    double unit() noexcept { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

private:
    std::uint64_t state_;
};

} // namespace trunkline
