/** A key that protects nothing: for tests of TLS on this machine, valid for a hundred years. */
export const tlsKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVA7OGPUv1oQXQk6O
eGZ0cRKxs2QI2XOuckeqCzC/1M6hRANCAAQancM0PvWE+IemfCknt7cyRrobJz0/
7i/mBEyMAyqyphgaONm3gLTF+/xFLCoPcX5+qaoqXE5z5nUAxyMWE8JH
-----END PRIVATE KEY-----`;

/** Its certificate, for the name "localhost". */
export const tlsCertificate = `-----BEGIN CERTIFICATE-----
MIIBlTCCATugAwIBAgIUN7tWAJCWfxzUU9SlCc7FnW56yOIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMjE3MTAwNloYDzIxMjYxMDI5
MTcxMDA2WjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQancM0PvWE+IemfCknt7cyRrobJz0/7i/mBEyMAyqyphgaONm3gLTF
+/xFLCoPcX5+qaoqXE5z5nUAxyMWE8JHo2kwZzAdBgNVHQ4EFgQUWFJ29skQlH9S
BMQyIsOjU3J1srcwHwYDVR0jBBgwFoAUWFJ29skQlH9SBMQyIsOjU3J1srcwDwYD
VR0TAQH/BAUwAwEB/zAUBgNVHREEDTALgglsb2NhbGhvc3QwCgYIKoZIzj0EAwID
SAAwRQIgbSczBWQx1VfIDduntsKDKcNPzYurBeqFFd/zb1a6QLkCIQCOTGEREGuC
01Fw+45jOSyQnuSKyF0Y6d57A0jI25j/Tg==
-----END CERTIFICATE-----`;
