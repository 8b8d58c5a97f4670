#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace trunkline::http::test {

/// Certificates made at run time in a folder that goes away with the object; nothing secret is in the tree.
class certificates {
public:
    certificates();
    ~certificates();

    class wanted {
    public:
        wanted() {}
        std::string name = "DNS:localhost,IP:127.0.0.1"; ///< subjectAltName
        long valid_from = -3600;                         ///< Seconds from now.
        long valid_to = 3600;
        bool self_signed = false;
    };
    class files {
    public:
        files() {}
        std::string certificate;
        std::string key;
    };
    /// Signed by the authority unless self-signed.
    files make(wanted const& w);
    std::string const& authority() const noexcept { return authority_file_; }
    std::filesystem::path const& folder() const noexcept { return folder_; }

private:
    class impl;
    std::filesystem::path folder_;
    std::string authority_file_;
    std::unique_ptr<impl> impl_;
};

} // namespace trunkline::http::test
