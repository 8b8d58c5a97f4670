#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trunkline::redis {

enum class transport_kind : std::uint8_t { tcp, tls, local };

/// Where a server is and who asks. Holds a secret: show only shown().
class address {
public:
    address() {}
    /**
     * "redis://[user[:password]@]host[:port][/database]", "rediss://..." for TLS, or
     * "unix://[user[:password]@]/path[?db=database]". User and password are percent-decoded;
     * ":password@" alone is the password of the default user. The port defaults to 6379.
     * Throws error (invalid_argument); its message repeats nothing of the text, which may hold a password.
     */
    static address parse(std::string_view url);

    transport_kind transport = transport_kind::tcp;
    std::string host; ///< Without brackets for IPv6.
    std::string port = "6379";
    std::string path; ///< Of the local socket.
    std::string user; ///< Empty: the default user.
    std::string password;
    unsigned database = 0;

    /// "host:port" or the path: safe to show.
    std::string shown() const;
    /// Nothing leaves the machine.
    bool is_local() const noexcept;
};

} // namespace trunkline::redis
