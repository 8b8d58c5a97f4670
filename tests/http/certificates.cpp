#include "certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdlib.h>

#include <cstdio>
#include <stdexcept>

namespace trunkline::http::test {
namespace {

using key_ptr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using certificate_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using file_ptr = std::unique_ptr<std::FILE, decltype(&std::fclose)>;

void require(bool ok, char const* what)
{
    if (!ok) throw std::runtime_error(what);
}

file_ptr create(std::string const& path)
{
    file_ptr f(std::fopen(path.c_str(), "w"), &std::fclose);
    require(f != nullptr, "cannot create a file for a certificate");
    return f;
}

key_ptr make_key()
{
    key_ptr key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
    require(key != nullptr, "EVP_EC_gen");
    return key;
}

void extend(X509* certificate, X509* issuer, int nid, std::string const& value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    require(extension != nullptr, "X509V3_EXT_conf_nid");
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

certificate_ptr blank(EVP_PKEY* key, long from, long to, char const* common_name)
{
    static long serial = 1;
    certificate_ptr made(X509_new(), &X509_free);
    X509_set_version(made.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), serial++);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), from);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), to);
    X509_set_pubkey(made.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(made.get()), "CN", MBSTRING_ASC,
        reinterpret_cast<unsigned char const*>(common_name), -1, -1, 0);
    return made;
}

void write(X509* certificate, std::string const& path)
{
    require(PEM_write_X509(create(path).get(), certificate) == 1, "PEM_write_X509");
}

} // namespace

class certificates::impl {
public:
    key_ptr key = make_key();
    certificate_ptr authority{nullptr, &X509_free};
    int made = 0;
};

certificates::certificates() : impl_(std::make_unique<impl>())
{
    auto name = (std::filesystem::temp_directory_path() / "trunkline-tls-XXXXXX").string();
    require(::mkdtemp(name.data()) != nullptr, "mkdtemp");
    folder_ = name;
    impl_->authority = blank(impl_->key.get(), -3600, 3600, "Test Authority");
    auto* const ca = impl_->authority.get();
    X509_set_issuer_name(ca, X509_get_subject_name(ca));
    extend(ca, ca, NID_basic_constraints, "critical,CA:TRUE");
    extend(ca, ca, NID_key_usage, "critical,keyCertSign");
    require(X509_sign(ca, impl_->key.get(), EVP_sha256()) > 0, "X509_sign");
    authority_file_ = (folder_ / "authority.pem").string();
    write(ca, authority_file_);
}

certificates::~certificates()
{
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

certificates::files certificates::make(wanted const& w)
{
    auto const key = make_key();
    auto const made = blank(key.get(), w.valid_from, w.valid_to, "Test Server");
    auto* const issuer = w.self_signed ? made.get() : impl_->authority.get();
    X509_set_issuer_name(made.get(), X509_get_subject_name(issuer));
    extend(made.get(), issuer, NID_subject_alt_name, w.name);
    require(X509_sign(made.get(), w.self_signed ? key.get() : impl_->key.get(), EVP_sha256()) > 0,
        "X509_sign");

    files out;
    auto const number = std::to_string(impl_->made++);
    out.certificate = (folder_ / (number + ".crt")).string();
    out.key = (folder_ / (number + ".key")).string();
    write(made.get(), out.certificate);
    require(PEM_write_PrivateKey(
                create(out.key).get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
        "PEM_write_PrivateKey");
    return out;
}

} // namespace trunkline::http::test
