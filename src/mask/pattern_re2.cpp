#include "rules.hpp"

#include <stdexcept>

#ifdef TRUNKLINE_RE2

#include <re2/re2.h>

namespace trunkline::mask_detail {
namespace {

/// What one expression may take when it is compiled, and so while it is matched.
constexpr std::int64_t most_memory = std::int64_t{1} << 20;
constexpr int most_instructions = 5000;

re2::RE2::Options options()
{
    re2::RE2::Options o(re2::RE2::Quiet);
    o.set_max_mem(most_memory);
    o.set_encoding(re2::RE2::Options::EncodingUTF8);
    o.set_never_capture(true);
    return o;
}

class re2_pattern final : public pattern {
public:
    explicit re2_pattern(std::string_view expression)
        : re_(re2::StringPiece(expression.data(), expression.size()), options())
    {
        if (!re_.ok()) throw std::invalid_argument(re_.error());
        if (re_.ProgramSize() > most_instructions || re_.ReverseProgramSize() > most_instructions)
            throw std::invalid_argument("too large when compiled");
        if (re2::RE2::PartialMatch("", re_))
            throw std::invalid_argument("matches the empty text, so everywhere");
    }

    bool find(std::string_view text, std::size_t from, std::size_t to, std::size_t& begin,
        std::size_t& end) const noexcept override
    {
        re2::StringPiece found;
        re2::StringPiece const all(text.data(), text.size());
        while (from < to && re_.Match(all, from, all.size(), re2::RE2::UNANCHORED, &found, 1)) {
            begin = static_cast<std::size_t>(found.data() - text.data());
            end = begin + found.size();
            if (begin >= to) return false;
            if (end > begin) return true;
            from = begin + 1; // \b and its like match nothing
        }
        return false;
    }

    bool is_whole(std::string_view text) const noexcept override
    {
        return re_.Match(
            {text.data(), text.size()}, 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
    }

private:
    re2::RE2 re_;
};

} // namespace

bool patterns_supported() noexcept
{
    return true;
}

std::unique_ptr<pattern const> make_pattern(std::string_view expression)
{
    if (expression.empty() || expression.size() > rule_set::longest_pattern)
        throw std::invalid_argument("an expression has 1 to 1000 bytes");
    return std::make_unique<re2_pattern>(expression);
}

} // namespace trunkline::mask_detail

#else

namespace trunkline::mask_detail {

bool patterns_supported() noexcept
{
    return false;
}

std::unique_ptr<pattern const> make_pattern(std::string_view)
{
    throw std::invalid_argument(
        "regular expressions need RE2, and this library was built without it (package libre2-dev, "
        "CMake option TRUNKLINE_RE2)");
}

} // namespace trunkline::mask_detail

#endif
