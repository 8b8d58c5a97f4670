#pragma once

#include "block_avx512.hpp"

/// 64 bits of each of eight blocks: what is asked of one is asked of all in one step.
namespace trunkline::mask_detail {

/// A number of bits to move by: the machine wants to know it beforehand.
template <unsigned N>
using places = std::integral_constant<unsigned, N>;
template <unsigned N>
inline constexpr places<N> by{};

class lanes_scalar {
public:
    /// These and those of `next` behind them, N bits later.
    template <unsigned N>
    lanes_scalar joined(lanes_scalar const& next, places<N>) const noexcept
    {
        return make([&](std::size_t k) { return (v[k] >> N) | (next.v[k] << (64 - N)); });
    }
    static lanes_scalar load(std::uint64_t const* p) noexcept
    {
        return make([&](std::size_t k) { return p[k]; });
    }
    void store(std::uint64_t* p) const noexcept
    {
        for (std::size_t k = 0; k < planes::at_once; ++k) p[k] = v[k];
    }
    bool any() const noexcept
    {
        std::uint64_t all = 0;
        for (auto const x : v) all |= x;
        return all != 0;
    }
    lanes_scalar operator~() const noexcept
    {
        return make([&](std::size_t k) { return ~v[k]; });
    }
    lanes_scalar operator&(lanes_scalar const& o) const noexcept
    {
        return make([&](std::size_t k) { return v[k] & o.v[k]; });
    }
    lanes_scalar operator|(lanes_scalar const& o) const noexcept
    {
        return make([&](std::size_t k) { return v[k] | o.v[k]; });
    }
    lanes_scalar operator^(lanes_scalar const& o) const noexcept
    {
        return make([&](std::size_t k) { return v[k] ^ o.v[k]; });
    }
    lanes_scalar operator<<(unsigned n) const noexcept
    {
        return make([&](std::size_t k) { return v[k] << n; });
    }
    lanes_scalar operator>>(unsigned n) const noexcept
    {
        return make([&](std::size_t k) { return v[k] >> n; });
    }

private:
    template <class F>
    static lanes_scalar make(F const& f) noexcept
    {
        lanes_scalar l;
        for (std::size_t k = 0; k < planes::at_once; ++k) l.v[k] = f(k);
        return l;
    }
    std::array<std::uint64_t, planes::at_once> v;
};

#if defined(__x86_64__)

#define TRUNKLINE_AVX2_LANES __attribute__((target("avx2"))) inline

/// The same in two registers. What these functions are called from is compiled for the same machine
/// and takes them in; see anchors::prepare_groups_avx2().
class lanes_avx2x2 {
public:
    TRUNKLINE_AVX2_LANES static lanes_avx2x2 load(std::uint64_t const* p) noexcept
    {
        auto const* const in = reinterpret_cast<__m256i const*>(p);
        return {_mm256_loadu_si256(in), _mm256_loadu_si256(in + 1)};
    }
    TRUNKLINE_AVX2_LANES void store(std::uint64_t* p) const noexcept
    {
        auto* const out = reinterpret_cast<__m256i*>(p);
        _mm256_storeu_si256(out, a);
        _mm256_storeu_si256(out + 1, b);
    }
    TRUNKLINE_AVX2_LANES bool any() const noexcept
    {
        auto const all = _mm256_or_si256(a, b);
        return _mm256_testz_si256(all, all) == 0;
    }
    TRUNKLINE_AVX2_LANES lanes_avx2x2 operator~() const noexcept
    {
        auto const ones = _mm256_set1_epi8(-1);
        return {_mm256_xor_si256(a, ones), _mm256_xor_si256(b, ones)};
    }
    TRUNKLINE_AVX2_LANES lanes_avx2x2 operator&(lanes_avx2x2 const& o) const noexcept
    {
        return {_mm256_and_si256(a, o.a), _mm256_and_si256(b, o.b)};
    }
    TRUNKLINE_AVX2_LANES lanes_avx2x2 operator|(lanes_avx2x2 const& o) const noexcept
    {
        return {_mm256_or_si256(a, o.a), _mm256_or_si256(b, o.b)};
    }
    TRUNKLINE_AVX2_LANES lanes_avx2x2 operator^(lanes_avx2x2 const& o) const noexcept
    {
        return {_mm256_xor_si256(a, o.a), _mm256_xor_si256(b, o.b)};
    }
    template <unsigned N>
    TRUNKLINE_AVX2_LANES lanes_avx2x2 joined(lanes_avx2x2 const& next, places<N>) const noexcept
    {
        return (*this >> N) | (next << (64 - N));
    }
    TRUNKLINE_AVX2_LANES lanes_avx2x2 operator<<(unsigned n) const noexcept
    {
        auto const by = static_cast<int>(n);
        return {_mm256_slli_epi64(a, by), _mm256_slli_epi64(b, by)};
    }
    TRUNKLINE_AVX2_LANES lanes_avx2x2 operator>>(unsigned n) const noexcept
    {
        auto const by = static_cast<int>(n);
        return {_mm256_srli_epi64(a, by), _mm256_srli_epi64(b, by)};
    }

    __m256i a, b;
};

#define TRUNKLINE_AVX512_LANES __attribute__((target("avx512bw,avx512vbmi2"))) inline

/// The same in one.
class lanes_avx512 {
public:
    TRUNKLINE_AVX512_LANES static lanes_avx512 load(std::uint64_t const* p) noexcept
    {
        return {_mm512_loadu_si512(p)};
    }
    TRUNKLINE_AVX512_LANES void store(std::uint64_t* p) const noexcept
    {
        _mm512_storeu_si512(p, v);
    }
    TRUNKLINE_AVX512_LANES bool any() const noexcept { return _mm512_test_epi64_mask(v, v) != 0; }
    TRUNKLINE_AVX512_LANES lanes_avx512 operator~() const noexcept
    {
        return {_mm512_xor_si512(v, _mm512_set1_epi64(-1))};
    }
    TRUNKLINE_AVX512_LANES lanes_avx512 operator&(lanes_avx512 const& o) const noexcept
    {
        return {_mm512_and_si512(v, o.v)};
    }
    TRUNKLINE_AVX512_LANES lanes_avx512 operator|(lanes_avx512 const& o) const noexcept
    {
        return {_mm512_or_si512(v, o.v)};
    }
    TRUNKLINE_AVX512_LANES lanes_avx512 operator^(lanes_avx512 const& o) const noexcept
    {
        return {_mm512_xor_si512(v, o.v)};
    }
    template <unsigned N>
    TRUNKLINE_AVX512_LANES lanes_avx512 joined(lanes_avx512 const& next, places<N>) const noexcept
    {
        return {_mm512_maskz_shrdi_epi64(every, v, next.v, N)};
    }
    TRUNKLINE_AVX512_LANES lanes_avx512 operator<<(unsigned n) const noexcept
    {
        return {_mm512_maskz_slli_epi64(every, v, n)};
    }
    TRUNKLINE_AVX512_LANES lanes_avx512 operator>>(unsigned n) const noexcept
    {
        return {_mm512_maskz_srli_epi64(every, v, n)};
    }

    __m512i v;

private:
    /// The shifts without a mask make GCC 12 warn of a value that they never use.
    static constexpr __mmask8 every = 0xff;
};

#endif

} // namespace trunkline::mask_detail
