//! Cookies that Better Auth 1.7.25 has written under the secret of these tests, at [`RECORDED_AT`].

/// The secret of the server, which was made for these tests.
pub const SECRET: &str = "a-secret-of-at-least-thirty-two-bytes";

/// A time in the life of each cookie, in seconds since the epoch.
pub const RECORDED_AT: f64 = 1_795_801_839.0;

/// The `session_data` of the strategy `compact`.
pub const COMPACT: &str = "eyJzZXNzaW9uIjp7InNlc3Npb24iOnsiZXhwaXJlc0F0IjoiMjAyNi0xMi0wNFQxNzo1MDozNC4zMThaIiwidG9rZW4iOiJWa1FCS1VVY21nanBz\
     eVN2VnVMUkdYZXN2a1h1NUhPbyIsImNyZWF0ZWRBdCI6IjIwMjYtMTEtMjdUMTc6NTA6MzQuMzE4WiIsInVwZGF0ZWRBdCI6IjIwMjYtMTEtMjdU\
     MTc6NTA6MzQuMzE4WiIsImlwQWRkcmVzcyI6IiIsInVzZXJBZ2VudCI6InB5dGhvbi1odHRweC8wLjI4LjEiLCJ1c2VySWQiOiJyOVo3TnAycWVP\
     OFJnUUZyYkw5QldKZG5WT2syeVhiZSIsImlkIjoiY1FCdWpOcnp1SVlleXVFQ3pJcTU3R2QxQ1NPZDdkR1oifSwidXNlciI6eyJuYW1lIjoiQWRh\
     IExvdmVsYWNlIMOp4piDIiwiZW1haWwiOiJhZGFAZXhhbXBsZS5jb20iLCJlbWFpbFZlcmlmaWVkIjpmYWxzZSwiY3JlYXRlZEF0IjoiMjAyNi0x\
     MS0yN1QxNzo1MDozNC4yMjNaIiwidXBkYXRlZEF0IjoiMjAyNi0xMS0yN1QxNzo1MDozNC4yMjNaIiwiaWQiOiJyOVo3TnAycWVPOFJnUUZyYkw5\
     QldKZG5WT2syeVhiZSJ9LCJ1cGRhdGVkQXQiOjE3OTU4MDE4MzQzMTksInZlcnNpb24iOiIxIn0sImV4cGlyZXNBdCI6MTc5NTgwMjEzNDMxOSwi\
     c2lnbmF0dXJlIjoiNDA5ODZ4OEd6cEk5V0JRTkNlNzlIalVHaEZBVzVBUnhEMlFObGRnUEgyZyJ9";

/// The session token that belongs to [`COMPACT`], as a cookie has it after percent-decoding.
pub const COMPACT_TOKEN: &str = "VkQBKUUcmgjpsySvVuLRGXesvkXu5HOo.8mGtfOHmL1+x2KXZx58Dror/mKsH2YuPJdDoz8YWekM=";

/// The `session_data` of the strategy `jwt`.
pub const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzZXNzaW9uIjp7ImV4cGlyZXNBdCI6IjIwMjYtMTItMDRUMTc6NTA6MzQuNTMzWiIsInRva2VuIjoiYnRxT25GclR\
     wWUxvc2Nkc2RjV1NYZXBqUzd6aXg0UGUiLCJjcmVhdGVkQXQiOiIyMDI2LTExLTI3VDE3OjUwOjM0LjUzM1oiLCJ1cGRhdGVkQXQiOiIyMDI2LTE\
     xLTI3VDE3OjUwOjM0LjUzM1oiLCJpcEFkZHJlc3MiOiIiLCJ1c2VyQWdlbnQiOiJweXRob24taHR0cHgvMC4yOC4xIiwidXNlcklkIjoiOEhQREx\
     MVVowMFFyam1hQUV0MENRTjNKRjVtaE5xV3AiLCJpZCI6IkdNY0hNZGd3YllkRm9BR3JLQmhIZlY2UzlOQlBmc3R4In0sInVzZXIiOnsibmFtZSI\
     6IkFkYSBMb3ZlbGFjZSDDqeKYgyIsImVtYWlsIjoiYWRhQGV4YW1wbGUuY29tIiwiZW1haWxWZXJpZmllZCI6ZmFsc2UsImNyZWF0ZWRBdCI6IjI\
     wMjYtMTEtMjdUMTc6NTA6MzQuNDM2WiIsInVwZGF0ZWRBdCI6IjIwMjYtMTEtMjdUMTc6NTA6MzQuNDM2WiIsImlkIjoiOEhQRExMVVowMFFyam1\
     hQUV0MENRTjNKRjVtaE5xV3AifSwidXBkYXRlZEF0IjoxNzk1ODAxODM0NTM2LCJ2ZXJzaW9uIjoiMSIsImlhdCI6MTc5NTgwMTgzNCwiZXhwIjo\
     xNzk1ODAyMTM0fQ.UKS-nfawdSt27ULqJs9o4ep0zijJyr8s5Z9Swhylh3A";

/// The session token that belongs to [`JWT`], as a cookie has it after percent-decoding.
pub const JWT_TOKEN: &str = "btqOnFrTpYLoscdsdcWSXepjS7zix4Pe.kaZ66OI2oy9bBIHrJyW2M/zjZ4HrLHnviS2vZenEcXI=";

/// The `session_data` of the strategy `jwe`.
pub const JWE: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2Q0JDLUhTNTEyIiwia2lkIjoiOElZYmdDMk5hRTVhUUhUVUZlUVQzcF95Z0owdTRjeng1dzNhR3lwMk15\
     OCJ9..huSYi-hjjv0FJGdFtJrL7Q.nd-KQpSG41WpNnN6qwd9Dl5LdHIAb1iSpnH02H044enNA1-AxpphKhoDpYc25rteNLZgzSm4pk1rUoYFFxr\
     O_ElCl8fWZEPM1kyo5kU-1y8ofkSPhDjU6wxDp-ZFE7mH82bqLxSqkIBehV7eFdqDUPLGXVk7BFF6hOk7wR_B41RTAbrG_Q96Pzz3anaZZK3kQpt\
     bOhtJsh25bqL8zlRsrqp0fDeSiCW73WOklVtx_Xdha_svKXv6ljOnw_DZz_iUgs3qdsxSyRkCF01CrycXTqRjc-c7ntYJMaGxDAzn9VflOJk5gHO\
     2QqH5uvz21ATpujmUhOlr-MLTarGl9CjG5ElKR2jxle3rpefru8eliPlHhSCzusfV-cNLtR3u1jTxxIra4dtOP1J9weUAkykbqrFdR_dvNehIeoi\
     qM1LraHvSY1DFFT_6y73H23SOF73tiznbZtw-Mk38JKwuv-yScq5l-TlOhXkUNYq-44vNR_Rsq5QDsqKB8bfwy1pQd6zVOy444nj3fM4NRLlwISM\
     fhWk2Df63TCFdQOWfYx3v-FmlgfYCaH7o6yp4Fyf5TJhulOYvvgfnqR3Ko78ZM4aGIoKlEhyoXOs_3nJt9FBp6gEd3pkO1OXGPZfp8m2UVoidjBz\
     UFHXeCSf-PeOm9HKtoOsRrIZgGgWIPiwNh7vGiO_8_47CST3uk5uqOUfshInpCnZNIFIvNsyUEdebKDaSRpnc8EFhvqONb7PGY0H9rNlxNL5Ry2K\
     D1D6lMPouqdV1_e5DPPFbTuVCjXkHz9aXdO3RGy8YHU6WTD1NldMG6uRfPayz9uHoV2oXGkl28DgWPF2nSsq-8CTjVQoH1btazA.c4TEaF8htWMq\
     fqMMrF3vknh348G967SutrEVqwWDYf4";

/// The session token that belongs to [`JWE`], as a cookie has it after percent-decoding.
pub const JWE_TOKEN: &str = "Ya3YLXTRl3nH05WvZWFWZOXxsSQb2gfs.TmQDKL5cZkHuIG5L/fIPWkM7JAbX2k4YwEwuMHyJPnM=";

/// The `session_data` of the strategy `jwks`.
pub const JWKS: &str = "eyJhbGciOiJFZERTQSIsImtpZCI6IjNwZGZrT1p3YmVIRDdWbndseG1qT2Z0SFlodmFoUEVrIiwidHlwIjoiYmV0dGVyLWF1dGguc2Vzc2lvbi1j\
     YWNoZStqd3QifQ.eyJzZXNzaW9uIjp7ImV4cGlyZXNBdCI6IjIwMjYtMTItMDRUMTc6NTA6MzYuNDIwWiIsInRva2VuIjoiQ01NSFdMZGtabU1kQ\
     zJCSVlqRERYNlFVZVpWeGJuc2MiLCJjcmVhdGVkQXQiOiIyMDI2LTExLTI3VDE3OjUwOjM2LjQyMFoiLCJ1cGRhdGVkQXQiOiIyMDI2LTExLTI3V\
     DE3OjUwOjM2LjQyMFoiLCJpcEFkZHJlc3MiOiIiLCJ1c2VyQWdlbnQiOiJweXRob24taHR0cHgvMC4yOC4xIiwidXNlcklkIjoiTW56bXAzVkxCV\
     kJTZXo2SWZCNmIxWFNzaFVzOE1oajQiLCJpZCI6ImFYRnBBOEZGVFVUdFpDTm01NnNpNG1Dd0t3QzRmV3NYIn0sInVzZXIiOnsibmFtZSI6IkFkY\
     SBMb3ZlbGFjZSDDqeKYgyIsImVtYWlsIjoiYWRhQGV4YW1wbGUuY29tIiwiZW1haWxWZXJpZmllZCI6ZmFsc2UsImNyZWF0ZWRBdCI6IjIwMjYtM\
     TEtMjdUMTc6NTA6MzYuMzIzWiIsInVwZGF0ZWRBdCI6IjIwMjYtMTEtMjdUMTc6NTA6MzYuMzIzWiIsImlkIjoiTW56bXAzVkxCVkJTZXo2SWZCN\
     mIxWFNzaFVzOE1oajQifSwidXBkYXRlZEF0IjoxNzk1ODAxODM2NDIxLCJ2ZXJzaW9uIjoiMSIsInNpZCI6IkNNTUhXTGRrWm1NZEMyQklZakREW\
     DZRVWVaVnhibnNjIiwiaWF0IjoxNzk1ODAxODM2LCJleHAiOjE3OTU4MDIxMzYsImlzcyI6Imh0dHA6Ly8xMjcuMC4wLjE6NDA3MjciLCJhdWQiO\
     iJiZXR0ZXItYXV0aDpzZXNzaW9uLWNhY2hlIiwic3ViIjoiTW56bXAzVkxCVkJTZXo2SWZCNmIxWFNzaFVzOE1oajQifQ.sNVHSpEkX8ZzFqe454\
     blz1g55UUuw4xnOkT0NdkbH5ra2ABAvqTQ5FYydLjKMl1Fm299IgU2v0zQTHKphLwTBg";

/// The token of an e-mail verification, which has the header and the key of [`JWT`].
pub const EMAIL_VERIFICATION: &str = "eyJhbGciOiJIUzI1NiJ9.eyJlbWFpbCI6ImFkYUBleGFtcGxlLmNvbSIsInVzZXJJZCI6IjhIUERMTFVaMDBRcmptYUFFdDBDUU4zSkY1bWhOcVd\
     wIiwiaWF0IjoxNzk1ODAxODM0LCJleHAiOjE3OTU4MDU0MzR9.9ESgONHwt6lXSJzmXBBTAB6tYMjDERMwNfjYS22nICM";
