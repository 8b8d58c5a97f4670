#include <trunkline/redis/command.hpp>

namespace trunkline::redis {

command& command::add(std::string_view part)
{
    if (parts_++ == 0) name_ = part;
    body_ += '$';
    body_ += std::to_string(part.size());
    body_ += "\r\n";
    body_ += part;
    body_ += "\r\n";
    return *this;
}

command& command::add(std::int64_t number)
{
    return add(std::string_view(std::to_string(number)));
}

std::string command::wire() const
{
    return "*" + std::to_string(parts_) + "\r\n" + body_;
}

} // namespace trunkline::redis
