#include "output.hpp"

#include <cstring>

namespace trunkline::mask_detail {

void output::append(std::string_view text)
{
    if (string_) {
        string_->append(text);
    } else if (buffer_) {
        if (text.size() > capacity_ - written_) {
            overflowed_ = true;
            return;
        }
        std::memcpy(buffer_ + written_, text.data(), text.size());
    }
    written_ += text.size();
}

void output::copy(std::size_t to)
{
    if (to <= copied_) return;
    if (string_ || buffer_) append(raw_.substr(copied_ - base_, to - copied_));
    else written_ += to - copied_;
    copied_ = to;
}

void output::replace(std::size_t from, std::size_t to, std::string_view text)
{
    if (!changed_) {
        changed_ = true;
        if (string_ && bound_ != 0) string_->reserve(bound_);
    }
    copy(from);
    append(text);
    copied_ = to;
}

} // namespace trunkline::mask_detail
