#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace trunkline::redis {

/// One command with its arguments, which may hold any bytes. Copyable.
class command {
public:
    command(std::initializer_list<std::string_view> parts)
    {
        for (auto const part : parts) add(part);
    }
    command& add(std::string_view part);
    command& add(std::int64_t number);

    /// The first part.
    std::string const& name() const noexcept { return name_; }
    /// As it is sent: an array of bulk strings.
    std::string wire() const;

private:
    std::string name_;
    std::string body_;
    std::size_t parts_ = 0;
};

} // namespace trunkline::redis
