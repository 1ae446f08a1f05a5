//! JWE: round trips, vectors of the RFCs, python-jose, Wycheproof and the cookbook, and attack tokens.
//!
//! Wycheproof's file and the cookbook (RFC 7520) are not part of the project. They are read from `../shared/vectors`.
//! Their tests are skipped if the files are missing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::PathBuf;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::KeyPair as _;
use fastjose::Error as KeyError;
use fastjose::encoding::base64url;
use fastjose::jwe::{
    self, ContentEncryption, DecryptOptions, DecryptionKey, Deflate, EncryptionInputs, EncryptionKey, EncryptionParams,
    Error, JweToken, KeyManagement,
};
use fastjose::keys::asymmetric_key::AsymmetricKey;
use serde_json::Value;

/// RFC 7516 appendix A.1: RSA-OAEP and A256GCM.
const A1_TOKEN: &str = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.\
    OKOawDo13gRp2ojaHV7LFpZcgV7T6DVZKTyKOMTYUmKoTCVJRgckCL9kiMT03JGeipsEdY3mx_etLbbWSrFr05kLzcSr4qKAq7YN7e9jwQRb23nf\
    a6c9d-StnImGyFDbSv04uVuxIp5Zms1gNxKKK2Da14B8S4rzVRltdYwam_lDp5XnZAYpQdb76FdIKLaVmqgfwX7XWRxv2322i-vDxRfqNzo_tETK\
    zpVLzfiwQyeyPGLBIO56YJ7eObdv0je81860ppamavo35UgoRdbYaBcoh9QcfylQr66oc6vFWXRcZ_ZT2LawVCWTIy3brGPi6UklfCpIMfIjf7iG\
    dXKHzg.48V1_ALb6US04U3b.\
    5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A.XFBoMYUZodetZdvTiFvSkQ";
const A1_PLAINTEXT: &[u8] = b"The true sign of intelligence is not knowledge but imagination.";
/// RFC 7516 appendix A.1.3: n, e, d, p, q, dp, dq, qi.
const A1_KEY: [&str; 8] = [
    "oahUIoWw0K0usKNuOR6H4wkf4oBUXHTxRvgb48E-BVvxkeDNjbC4he8rUWcJoZmds2h7M70imEVhRU5djINXtqllXI4DFqcI1DgjT9LewND8MW2K\
     rf3Spsk_ZkoFnilakGygTwpZ3uesH-PFABNIUYpOiN15dsQRkgr0vEhxN92i2asbOenSZeyaxziK72UwxrrKoExv6kc5twXTq4h-QChLOln0_mtU\
     ZwfsRaMStPs6mS6XrgxnxbWhojf663tuEQueGC-FCMfra36C9knDFGzKsNa7LZK2djYgyD3JR_MB_4NUJW_TqOQtwHYbxevoJArm-L5StowjzGy-\
     _bq6Gw",
    "AQAB",
    "kLdtIj6GbDks_ApCSTYQtelcNttlKiOyPzMrXHeI-yk1F7-kpDxY4-WY5NWV5KntaEeXS1j82E375xxhWMHXyvjYecPT9fpwR_M9gV8n9Hrh2anT\
     pTD93Dt62ypW3yDsJzBnTnrYu1iwWRgBKrEYY46qAZIrA2xAwnm2X7uGR1hghkqDp0Vqj3kbSCz1XyfCs6_LehBwtxHIyh8Ripy40p24moOAbgxV\
     w3rxT_vlt3UVe4WO3JkJOzlpUf-KTVI2Ptgm-dARxTEtE-id-4OJr0h-K-VFs3VSndVTIznSxfyrj8ILL6MG_Uv8YAu7VILSB3lOW085-4qE3Dzg\
     rTjgyQ",
    "1r52Xk46c-LsfB5P442p7atdPUrxQSy4mti_tZI3Mgf2EuFVbUoDBvaRQ-SWxkbkmoEzL7JXroSBjSrK3YIQgYdMgyAEPTPjXv_hI2_1eTSPVZfz\
     L0lffNn03IXqWF5MDFuoUYE0hzb2vhrlN_rKrbfDIwUbTrjjgieRbwC6Cl0",
    "wLb35x7hmQWZsWJmB_vle87ihgZ19S8lBEROLIsZG4ayZVe9Hi9gDVCOBmUDdaDYVTSNx_8Fyw1YYa9XGrGnDew00J28cRUoeBB_jKI1oma0Orv1\
     T9aXIWxKwd4gvxFImOWr3QRL9KEBRzk2RatUBnmDZJTIAfwTs0g68UZHvtc",
    "ZK-YwE7diUh0qR1tR7w8WHtolDx3MZ_OTowiFvgfeQ3SiresXjm9gZ5KLhMXvo-uz-KUJWDxS5pFQ_M0evdo1dKiRTjVw_x4NyqyXPM5nULPkcpU\
     827rnpZzAJKpdhWAgqrXGKAECQH0Xt4taznjnd_zVpAmZZq60WPMBMfKcuE",
    "Dq0gfgJ1DdFGXiLvQEZnuKEN0UUmsJBxkjydc3j4ZYdBiMRAy86x0vHCjywcMlYYg4yoC4YZa9hNVcsjqA3FeiL19rk8g6Qn29Tt0cj8qqyFpz9v\
     NDBUfCAiJVeESOjJDZPYHdHY8v1b-o-Z2X5tvLx-TCekf7oxyeKDUqKWjis",
    "VIMpMYbPf47dT1w_zDUXfPimsSegnMOA1zTaX7aGk_8urY6R8-ZW1FxU7AlWAyLWybqq6t16VFd7hQd0y6flUK4SlOydB61gwanOsXGOAOv82cHq\
     0E3eL4HrtZkUuKvnPrMnsUUFlfUdybVzxyjz9JF_XyaY14ardLSjf4L_FNY",
];

/// RFC 7516 appendix A.2: `RSA1_5` and A128CBC-HS256.
const A2_TOKEN: &str = "eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.\
    UGhIOguC7IuEvf_NPVaXsGMoLOmwvc1GyqlIKOK1nN94nHPoltGRhWhw7Zx0-kFm1NJn8LE9XShH59_i8J0PH5ZZyNfGy2xGdULU7sHNF6Gp2vPL\
    gNZ__deLKxGHZ7PcHALUzoOegEI-8E66jX2E4zyJKx-YxzZIItRzC5hlRirb6Y5Cl_p-ko3YvkkysZIFNPccxRU7qve1WYPxqbb2Yw8kZqa2rMWI\
    5ng8OtvzlV7elprCbuPhcCdZ6XDP0_F8rkXds2vE4X-ncOIM8hAYHHi29NX0mcKiRaD0-D-ljQTP-cFPgwCp6X-nZZd9OHBv-B3oWh2TbqmScqXM\
    R4gp_A.AxY8DCtDaGlsbGljb3RoZQ.KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.9hH0vgRfYgPnAHOd8stkvw";
/// RFC 7516 appendix A.2.3: n, e, d, p, q, dp, dq, qi.
const A2_KEY: [&str; 8] = [
    "sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri23bOdgWp4Dy1WlUzewbgBHod5pcM9H95GQRV3JDXboIRROSBigeC5yjU1hGzHHyXss8U\
     DprecbAYxknTcQkhslANGRUZmdTOQ5qTRsLAt6BTYuyvVRdhS8exSZEy_c4gs_7svlJJQ4H9_NxsiIoLwAEk7-Q3UXERGYw_75IDrGA84-lA_-Ct\
     4eTlXHBIY2EaV7t7LjJaynVJCpkv4LKjTTAumiGUIuQhrNhZLuF_RJLqHpM2kgWFLU7-VTdL1VbC2tejvcI2BlMkEpk1BzBZI0KQB0GaDWFLN-aE\
     Aw3vRw",
    "AQAB",
    "VFCWOqXr8nvZNyaaJLXdnNPXZKRaWCjkU5Q2egQQpTBMwhprMzWzpR8Sxq1OPThh_J6MUD8Z35wky9b8eEO0pwNS8xlh1lOFRRBoNqDIKVOku0aZ\
     b-rynq8cxjDTLZQ6Fz7jSjR1Klop-YKaUHc9GsEofQqYruPhzSA-QgajZGPbE_0ZaVDJHfyd7UUBUKunFMScbflYAAOYJqVIVwaYR5zWEEceUjNn\
     TNo_CVSj-VvXLO5VZfCUAVLgW4dpf1SrtZjSt34YLsRarSb127reG_DUwg9Ch-KyvjT1SkHgUWRVGcyly7uvVGRSDwsXypdrNinPA4jlhoNdizK2\
     zF2CWQ",
    "9gY2w6I6S6L0juEKsbeDAwpd9WMfgqFoeA9vEyEUuk4kLwBKcoe1x4HG68ik918hdDSE9vDQSccA3xXHOAFOPJ8R9EeIAbTi1VwBYnbTp87X-xcP\
     WlEPkrdoUKW60tgs1aNd_Nnc9LEVVPMS390zbFxt8TN_biaBgelNgbC95sM",
    "uKlCKvKv_ZJMVcdIs5vVSU_6cPtYI1ljWytExV_skstvRSNi9r66jdd9-yBhVfuG4shsp2j7rGnIio901RBeHo6TPKWVVykPu1iYhQXw1jIABfw-\
     MVsN-3bQ76WLdt2SDxsHs7q7zPyUyHXmps7ycZ5c72wGkUwNOjYelmkiNS0",
    "w0kZbV63cVRvVX6yk3C8cMxo2qCM4Y8nsq1lmMSYhG4EcL6FWbX5h9yuvngs4iLEFk6eALoUS4vIWEwcL4txw9LsWH_zKI-hwoReoP77cOdSL4AV\
     craHawlkpyd2TWjE5evgbhWtOxnZee3cXJBkAi64Ik6jZxbvk-RR3pEhnCs",
    "o_8V14SezckO6CNLKs_btPdFiO9_kC1DsuUTd2LAfIIVeMZ7jn1Gus_Ff7B7IVx3p5KuBGOVF8L-qifLb6nQnLysgHDh132NDioZkhH7mI7hPG-P\
     YE_odApKdnqECHWw0J-F0JWnUd6D2B_1TvF9mXA2Qx-iGYn8OVV1Bsmp6qU",
    "eNho5yRBEBxhGBtQRww9QirZsB66TrfFReG_CcteI1aCneT0ELGhYlRlCtUkTRclIfuEPmNsNDPbLoLqqCVznFbvdB7x-Tl-m0l_eFTj2KiqwGqE\
     9PZB9nNTwMVvH3VRRSLWACvPnSiwP8N5Usy-WRXS-V7TbpxIhvepTfE0NNo",
];

/// RFC 7516 appendix A.3: A128KW and A128CBC-HS256; its key is that of A.3.3.
const A3_TOKEN: &str = "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0.\
    6KB707dM9YTIgHtLvtgWQ8mKwboJW3of9locizkDTHzBC2IlrT1oOQ.AxY8DCtDaGlsbGljb3RoZQ.\
    KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY.U0m_YmjN04DJvceFICbCVQ";
const A3_KEY: &str = "GawgguFyGrWKav7AX4VKUg";
const A2_AND_A3_PLAINTEXT: &[u8] = b"Live long and prosper.";

/// Tokens of python-jose 3.5.0 with `zip="DEF"`: A128KW with the key bytes 0 to 15, `dir` with 0 to 31.
const PYTHON_JOSE_WRAPPED: &str = "eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4R0NNIiwiemlwIjoiREVGIn0.\
    xo52REdHpbDVUdnZWbjyyqeWqSxVQbsI.kZwf5yxQds2YnJbs.Ye4upeEeTtCsZ98gywWahNY685mIZAfWa7y1Hv7LqtH0.\
    127ReCuR_y1YEOtl-XweXw";
const PYTHON_JOSE_DIRECT: &str = "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiemlwIjoiREVGIn0..\
    4ZV0S2SCYTAI6wIqzf1nqw.Wbd-tp8IrZ4Z3QMVQB540Jbvxe-qDGfAfWsu5dCHvp75iEExJ4qkQ32fzSdWRgxg.x7WeeQ_KLdS0LeLnNst5ng";

fn decode_base64url(text: &str) -> Vec<u8> {
    base64url::decode(text.as_bytes()).unwrap()
}

fn rsa_key_pair(parts: [&str; 8]) -> KeyPair {
    let [modulus, exponent, private, prime1, prime2, exponent1, exponent2, coefficient] = parts.map(decode_base64url);
    let components = KeyPairComponents {
        public_key: PublicKeyComponents { n: modulus, e: exponent },
        d: private,
        p: prime1,
        q: prime2,
        dP: exponent1,
        dQ: exponent2,
        qInv: coefficient,
    };
    KeyPair::from_components(&components).unwrap()
}

/// Returns the public key and the private key.
fn rsa_keys(parts: [&str; 8]) -> (EncryptionKey, DecryptionKey) {
    let pair = rsa_key_pair(parts);
    let public = pair.public_key().as_der().unwrap();
    let private = pair.as_der().unwrap();
    (EncryptionKey::rsa_der(public.as_ref()).unwrap(), DecryptionKey::rsa_der(private.as_ref()).unwrap())
}

fn symmetric_keys(key: &[u8]) -> (EncryptionKey, DecryptionKey) {
    (EncryptionKey::Symmetric(key.to_vec()), DecryptionKey::Symmetric(key.to_vec()))
}

/// Returns a key pair that fits the algorithms. A symmetric key consists of the byte `fill`.
fn matching_keys(management: KeyManagement, encryption: ContentEncryption, fill: u8) -> (EncryptionKey, DecryptionKey) {
    if management.is_rsa() {
        return rsa_keys(if fill == 1 { A1_KEY } else { A2_KEY });
    }
    symmetric_keys(&vec![fill; management.key_bytes().unwrap_or(encryption.cek_bytes())])
}

fn header_json(params: EncryptionParams) -> String {
    let zip = if params.compression.is_some() { r#","zip":"DEF""# } else { "" };
    format!(
        r#"{{"alg":"{}","enc":"{}","kid":"a"{zip}}}"#,
        params.key_management.name(),
        params.content_encryption.name()
    )
}

fn combinations() -> impl Iterator<Item = (KeyManagement, ContentEncryption)> {
    KeyManagement::all().flat_map(|management| ContentEncryption::all().map(move |encryption| (management, encryption)))
}

fn encrypt_token(management: KeyManagement, encryption: ContentEncryption, plaintext: &[u8]) -> String {
    let params = EncryptionParams { key_management: management, content_encryption: encryption, compression: None };
    let (key, _) = matching_keys(management, encryption, 1);
    jwe::encrypt(plaintext, &key, params, header_json(params).as_bytes()).unwrap()
}

fn decrypt_plaintext(token: &str, key: &DecryptionKey) -> Result<Vec<u8>, Error> {
    jwe::decrypt(token.as_bytes(), key, DecryptOptions::default()).map(|decrypted| decrypted.plaintext)
}

fn decode_segments(token: &str) -> Vec<Vec<u8>> {
    token.split('.').map(decode_base64url).collect()
}

fn encode_segments(segments: &[Vec<u8>]) -> String {
    segments.iter().map(|segment| base64url::encode(segment)).collect::<Vec<_>>().join(".")
}

#[test]
fn round_trips_every_combination_of_algorithms() {
    let long: Vec<u8> = (0..70_000_u32).map(|i| i.to_le_bytes()[1]).collect();
    let mut seen = 0;
    for (management, encryption) in combinations() {
        let (encrypting, decrypting) = matching_keys(management, encryption, 1);
        for compression in [None, Some(Deflate::Raw), Some(Deflate::Zlib)] {
            let params = EncryptionParams { key_management: management, content_encryption: encryption, compression };
            let header = header_json(params);
            for content in [&b""[..], b"a", b"exactly 16 bytes", &long] {
                let token = jwe::encrypt(content, &encrypting, params, header.as_bytes()).unwrap();
                let decrypted = jwe::decrypt(token.as_bytes(), &decrypting, DecryptOptions::default()).unwrap();
                assert!(decrypted.plaintext == content && decrypted.header == header.as_bytes(), "{params:?}");
                assert_eq!(jwe::unverified_header(token.as_bytes(), 256_000), Ok(header.as_bytes().to_vec()));
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 7 * 6 * 3 * 4);
}

#[test]
fn decrypts_the_tokens_of_rfc_7516_appendix_a() {
    assert_eq!(decrypt_plaintext(A1_TOKEN, &rsa_keys(A1_KEY).1).as_deref(), Ok(A1_PLAINTEXT));
    assert_eq!(decrypt_plaintext(A2_TOKEN, &rsa_keys(A2_KEY).1).as_deref(), Ok(A2_AND_A3_PLAINTEXT));
    assert_eq!(
        decrypt_plaintext(A3_TOKEN, &symmetric_keys(&decode_base64url(A3_KEY)).1).as_deref(),
        Ok(A2_AND_A3_PLAINTEXT)
    );
}

#[test]
fn encrypts_the_token_of_rfc_7516_appendix_a3() {
    let (encrypting, decrypting) = symmetric_keys(&decode_base64url(A3_KEY));
    let parts = decode_segments(A3_TOKEN);
    let cek = jwe::unwrap_key(KeyManagement::A128Kw, &decrypting, &parts[1]).unwrap();
    assert_eq!(jwe::wrap_key(KeyManagement::A128Kw, &encrypting, &cek).as_ref(), Ok(&parts[1]));
    let aad = A3_TOKEN.split('.').next().unwrap().as_bytes();
    let sealed = jwe::seal(ContentEncryption::A128CbcHs256, &cek, &parts[2], aad, A2_AND_A3_PLAINTEXT).unwrap();
    assert_eq!((sealed.ciphertext, sealed.tag), (parts[3].clone(), parts[4].clone()));
}

#[test]
fn decompresses_tokens_of_python_jose() {
    let expected = A2_AND_A3_PLAINTEXT.repeat(4);
    let key: Vec<u8> = (0..32).collect();
    assert_eq!(decrypt_plaintext(PYTHON_JOSE_WRAPPED, &symmetric_keys(&key[..16]).1).as_ref(), Ok(&expected));
    assert_eq!(decrypt_plaintext(PYTHON_JOSE_DIRECT, &symmetric_keys(&key).1).as_ref(), Ok(&expected));
}

#[test]
fn parses_rsa_keys_in_both_encodings() {
    let pair = rsa_key_pair(A1_KEY);
    let pkcs8 = pair.as_der().unwrap();
    // The PrivateKeyInfo of a 2048 bit key has 26 bytes before the RSAPrivateKey within it (RFC 5958 §2).
    let pkcs1 = &pkcs8.as_ref()[26..];
    for der in [pkcs8.as_ref(), pkcs1] {
        assert_eq!(decrypt_plaintext(A1_TOKEN, &DecryptionKey::rsa_der(der).unwrap()).as_deref(), Ok(A1_PLAINTEXT));
        assert!(EncryptionKey::rsa_der(der).is_err());
    }
    let spki = pair.public_key().as_der().unwrap();
    for der in [spki.as_ref(), pair.public_key().as_ref()] {
        let key = EncryptionKey::rsa_der(der).unwrap();
        let wrapped = jwe::wrap_key(KeyManagement::RsaOaep256, &key, b"a content encryption key").unwrap();
        let unwrapped = jwe::unwrap_key(KeyManagement::RsaOaep256, &rsa_keys(A1_KEY).1, &wrapped);
        assert_eq!(unwrapped.as_deref(), Ok(&b"a content encryption key"[..]));
        assert!(DecryptionKey::rsa_der(der).is_err());
    }
    for junk in [&b""[..], b"\x30\x00", &[0; 64]] {
        assert!(matches!(EncryptionKey::rsa_der(junk), Err(KeyError::InvalidKey(_))));
        assert!(matches!(DecryptionKey::rsa_der(junk), Err(KeyError::InvalidKey(_))));
    }
}

#[test]
fn every_changed_byte_is_the_same_authentication_error() {
    for (management, encryption) in combinations() {
        let (_, key) = matching_keys(management, encryption, 1);
        let good = decode_segments(&encrypt_token(management, encryption, b"some content of two blocks"));
        let kid = good[0].len() - 3;
        let in_kid = std::iter::once((0, kid));
        let elsewhere = (1..5).flat_map(|part| (0..good[part].len()).map(move |index| (part, index)));
        // RSA: change only every 16th of the 256 bytes, because each decryption is a private key operation.
        let elsewhere = elsewhere.filter(|(part, index)| *part != 1 || !management.is_rsa() || index % 16 == 0);
        for (part, index) in in_kid.chain(elsewhere) {
            let mut changed = good.clone();
            changed[part][index] ^= 1;
            let result = decrypt_plaintext(&encode_segments(&changed), &key);
            assert_eq!(result, Err(Error::AuthenticationFailed), "{management:?} {encryption:?} {part} {index}");
        }
    }
}

#[test]
fn rejects_every_changed_character() {
    let mut seen = 0;
    for management in KeyManagement::all() {
        let encryption = ContentEncryption::A128CbcHs256;
        let (_, key) = matching_keys(management, encryption, 1);
        let good = encrypt_token(management, encryption, b"some content of two blocks");
        for index in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[index] = if changed[index] == b'A' { b'B' } else { b'A' };
            assert!(jwe::decrypt(&changed, &key, DecryptOptions::default()).is_err(), "{management:?} {index}");
            seen += 1;
        }
    }
    assert!(seen > 2_000);
}

#[test]
fn another_key_is_an_authentication_error() {
    for (management, encryption) in combinations() {
        let token = encrypt_token(management, encryption, b"content");
        let (_, other) = matching_keys(management, encryption, 2);
        assert_eq!(
            decrypt_plaintext(&token, &other),
            Err(Error::AuthenticationFailed),
            "{management:?} {encryption:?}"
        );
    }
}

#[test]
fn rsa1_5_reveals_no_difference_between_invalid_encrypted_keys() {
    let (encrypting, decrypting) = rsa_keys(A1_KEY);
    for encryption in ContentEncryption::all() {
        let good = decode_segments(&encrypt_token(KeyManagement::Rsa1_5, encryption, b"content"));
        let mut wrong_tag = good.clone();
        wrong_tag[4][0] ^= 1;
        let expected = decrypt_plaintext(&encode_segments(&wrong_tag), &decrypting);
        assert_eq!(expected, Err(Error::AuthenticationFailed));
        let wrapped = |length| jwe::wrap_key(KeyManagement::Rsa1_5, &encrypting, &vec![1; length]).unwrap();
        let lengths = [0, 1, encryption.cek_bytes() - 1, encryption.cek_bytes(), encryption.cek_bytes() + 1, 200];
        let garbage = [vec![], vec![0; 256], vec![255; 256], vec![7; 255], vec![7; 257], vec![7; 256]];
        for encrypted_key in garbage.into_iter().chain(lengths.map(wrapped)) {
            let mut changed = good.clone();
            changed[1] = encrypted_key;
            assert_eq!(decrypt_plaintext(&encode_segments(&changed), &decrypting), expected);
        }
    }
}

#[test]
fn rejects_keys_of_wrong_type_or_length_before_use() {
    let (rsa_encrypting, rsa_decrypting) = rsa_keys(A1_KEY);
    for (management, encryption) in combinations() {
        let params = EncryptionParams { key_management: management, content_encryption: encryption, compression: None };
        let good = encrypt_token(management, encryption, b"content");
        let mut unfit: Vec<_> =
            [0, 1, 15, 17, 31, 33, 47, 49, 63, 65].map(|length| symmetric_keys(&vec![1; length])).into();
        if !management.is_rsa() {
            unfit.push((rsa_encrypting.clone(), rsa_decrypting.clone()));
        }
        for (encrypting, decrypting) in unfit {
            let encrypted = jwe::encrypt(b"", &encrypting, params, header_json(params).as_bytes());
            assert!(matches!(encrypted, Err(Error::Key(KeyError::InvalidKey(_)))), "{params:?}");
            assert!(
                matches!(decrypt_plaintext(&good, &decrypting), Err(Error::Key(KeyError::InvalidKey(_)))),
                "{params:?}"
            );
        }
    }
    let short = symmetric_keys(b"short").1;
    let text = decrypt_plaintext(A3_TOKEN, &short).unwrap_err().to_string();
    assert_eq!(text, "Key must be 128 bit for alg A128KW");
    let wrapped = jwe::wrap_key(KeyManagement::Dir, &symmetric_keys(&[1; 16]).0, &[1; 16]);
    assert!(matches!(wrapped, Err(Error::Configuration(_))));
}

#[test]
fn rejects_algorithms_outside_the_allow_lists() {
    let (_, key) = rsa_keys(A1_KEY);
    let encryption = ContentEncryption::A128Gcm;
    let options = DecryptOptions {
        allowed_algs: Some(&[KeyManagement::RsaOaep]),
        allowed_encs: Some(&[ContentEncryption::A128Gcm]),
        ..DecryptOptions::default()
    };
    let try_decrypt = |management, encryption| {
        let decrypted = jwe::decrypt(encrypt_token(management, encryption, b"content").as_bytes(), &key, options);
        decrypted.map(|decrypted| decrypted.plaintext)
    };
    assert_eq!(try_decrypt(KeyManagement::RsaOaep, encryption).as_deref(), Ok(&b"content"[..]));
    assert_eq!(try_decrypt(KeyManagement::Rsa1_5, encryption), Err(Error::AlgorithmNotAllowed("alg")));
    let other = ContentEncryption::A256Gcm;
    assert_eq!(try_decrypt(KeyManagement::RsaOaep, other), Err(Error::AlgorithmNotAllowed("enc")));
}

/// Returns a `dir` token with the header and content, encrypted with A128GCM and a key of ones.
fn seal_token(header: &str, content: &[u8]) -> String {
    let encoded = base64url::encode(header.as_bytes());
    let sealed = jwe::seal(ContentEncryption::A128Gcm, &[1; 16], &[2; 12], encoded.as_bytes(), content).unwrap();
    let parts = [&[2; 12][..], &sealed.ciphertext, &sealed.tag].map(base64url::encode);
    format!("{encoded}..{}", parts.join("."))
}

#[test]
fn rejects_invalid_headers() {
    let (_, key) = symmetric_keys(&[1; 16]);
    let malformed =
        |header: &str| matches!(decrypt_plaintext(&seal_token(header, b""), &key), Err(Error::Malformed(_)));
    assert_eq!(
        decrypt_plaintext(&seal_token(r#"{"alg":"dir","enc":"A128GCM","x":[1]}"#, b"c"), &key).as_deref(),
        Ok(&b"c"[..])
    );
    for header in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"alg":"dir"}"#,
        r#"{"enc":"A128GCM"}"#,
        r#"{"alg":null,"enc":"A128GCM"}"#,
        r#"{"alg":["dir"],"enc":"A128GCM"}"#,
        r#"{"alg":"dir","enc":1}"#,
        r#"{"alg":"dir","alg":"dir","enc":"A128GCM"}"#,
        r#"{"alg":"dir","enc":"A128GCM","zip":null}"#,
        r#"{"alg":"dir","enc":"A128GCM"} x"#,
    ] {
        assert!(malformed(header), "{header}");
    }
    for (header, parameter) in [
        (r#"{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":2147483647,"p2s":"AA"}"#, "alg"),
        (r#"{"alg":"ECDH-ES","enc":"A128GCM"}"#, "alg"),
        (r#"{"alg":"A128GCMKW","enc":"A128GCM"}"#, "alg"),
        (r#"{"alg":"none","enc":"A128GCM"}"#, "alg"),
        (r#"{"alg":"","enc":"A128GCM"}"#, "alg"),
        (r#"{"alg":"dir","enc":"A128CBC"}"#, "enc"),
        (r#"{"alg":"dir","enc":"a128gcm"}"#, "enc"),
        (r#"{"alg":"dir","enc":"A128GCM","zip":"GZ"}"#, "zip"),
        (r#"{"alg":"dir","enc":"A128GCM","zip":""}"#, "zip"),
    ] {
        assert_eq!(
            decrypt_plaintext(&seal_token(header, b""), &key),
            Err(Error::AlgorithmNotSupported(parameter)),
            "{header}"
        );
    }
    for crit in [r#"["exp"]"#, "[]", "null"] {
        let header = format!(r#"{{"alg":"dir","enc":"A128GCM","crit":{crit}}}"#);
        assert_eq!(decrypt_plaintext(&seal_token(&header, b""), &key), Err(Error::UnsupportedHeader));
    }
}

#[test]
fn rejects_malformed_tokens() {
    let (_, key) = symmetric_keys(&[1; 16]);
    let good = seal_token(r#"{"alg":"dir","enc":"A128GCM"}"#, b"content");
    assert!(decrypt_plaintext(&good, &key).is_ok());
    let json = format!(r#"{{"protected":"{good}"}}"#);
    let dots = ".".repeat(200_000);
    for text in
        ["", ".", "....", "a.b.c.d", "a.b.c.d.e.f", dots.as_str(), json.as_str(), &good[1..], &(good.clone() + ".")]
            .into_iter()
            .chain(
                [&good.replace("..", ".AA."), &(good.clone() + "="), &(good.clone() + "\n"), &format!(" {good}")]
                    .map(String::as_str),
            )
    {
        assert!(matches!(decrypt_plaintext(text, &key), Err(Error::Malformed(_))), "{}", &text[..text.len().min(80)]);
    }
    let missing_tag = good.rsplit_once('.').unwrap().0.to_owned() + ".";
    assert_eq!(decrypt_plaintext(&missing_tag, &key), Err(Error::AuthenticationFailed));
}

#[test]
fn rejects_tokens_and_plaintexts_above_the_limits() {
    let (_, key) = symmetric_keys(&[1; 16]);
    let good = seal_token(r#"{"alg":"dir","enc":"A128GCM"}"#, b"content");
    let try_decrypt = |max_token_bytes, max_plaintext_bytes| {
        let options = DecryptOptions { max_token_bytes, max_plaintext_bytes, ..DecryptOptions::default() };
        jwe::decrypt(good.as_bytes(), &key, options).map(|decrypted| decrypted.plaintext)
    };
    let size_bytes = good.len();
    assert!(try_decrypt(size_bytes, 7).is_ok());
    assert_eq!(try_decrypt(size_bytes - 1, 7), Err(Error::TooLarge { size_bytes, max_bytes: size_bytes - 1 }));
    assert_eq!(try_decrypt(size_bytes, 6), Err(Error::PlaintextTooLarge { max_bytes: 6 }));
    assert!(try_decrypt(usize::MAX, usize::MAX).is_ok());
}

/// Compresses `megabytes` of zeros, one megabyte at a time.
fn compress_zeros(is_zlib: bool, megabytes: usize) -> Vec<u8> {
    use std::io::Write;
    let zeros = vec![0; 1 << 20];
    let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    for _ in 0..megabytes {
        if is_zlib { zlib.write_all(&zeros) } else { raw.write_all(&zeros) }.unwrap();
    }
    if is_zlib { zlib.finish().unwrap() } else { raw.finish().unwrap() }
}

/// Returns the peak memory of this process, in kilobytes.
#[cfg(target_os = "linux")]
fn peak_kilobytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn rejects_a_decompression_bomb_in_bounded_memory() {
    let (_, key) = symmetric_keys(&[1; 16]);
    for is_zlib in [false, true] {
        for megabytes in [10, 100] {
            let token = seal_token(r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#, &compress_zeros(is_zlib, megabytes));
            let options = DecryptOptions { max_token_bytes: 2_000_000, ..DecryptOptions::default() };
            let before = peak_kilobytes();
            let result = jwe::decrypt(token.as_bytes(), &key, options).map(|decrypted| decrypted.plaintext.len());
            assert_eq!(result, Err(Error::PlaintextTooLarge { max_bytes: 256_000 }));
            // Other tests run in parallel and use a few megabytes.
            // The kernel counts pages per processor, so that a peak can be read as a little lower than before.
            let grown = peak_kilobytes().saturating_sub(before);
            assert!(megabytes < 100 || grown < 50_000, "{grown} kB");
        }
    }
}

#[test]
fn rejects_invalid_compression_after_the_tag_is_verified() {
    let (_, key) = symmetric_keys(&[1; 16]);
    let header = r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#;
    for content in [&b""[..], b"not compressed", b"\x78\x9c", b"\x78\x9c\xff\xff", b"\xff\xff\xff"] {
        let token = seal_token(header, content);
        assert_eq!(decrypt_plaintext(&token, &key), Err(Error::Malformed("Invalid compressed content")));
        let other = symmetric_keys(&[3; 16]).1;
        assert_eq!(decrypt_plaintext(&token, &other), Err(Error::AuthenticationFailed));
    }
}

#[test]
fn a_key_pair_encrypts_and_decrypts() {
    let pair = AsymmetricKey::from_der(rsa_key_pair(A1_KEY).as_der().unwrap().as_ref()).unwrap();
    let params = EncryptionParams {
        key_management: KeyManagement::RsaOaep,
        content_encryption: ContentEncryption::A128Gcm,
        compression: None,
    };
    let (key, header) = (pair.public_key().encryption_key().unwrap(), header_json(params));
    let token = jwe::encrypt(b"content", &key, params, header.as_bytes()).unwrap();
    for _ in 0..2 {
        assert_eq!(decrypt_plaintext(&token, &pair.decryption_key().unwrap()).as_deref(), Ok(&b"content"[..]));
    }
    assert!(matches!(pair.public_key().decryption_key(), Err(KeyError::InvalidKey(_))));
    // RFC 8037 appendix A.1.
    let okp = br#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
    assert!(matches!(AsymmetricKey::from_jwk(okp).unwrap().encryption_key(), Err(KeyError::InvalidKey(_))));
}

#[test]
fn encrypts_and_decrypts_with_a_supplied_content_encryption_key() {
    let header = br#"{"alg":"X-KW","enc":"A128GCM","zip":"DEF"}"#;
    let (encryption, zlib) = (ContentEncryption::A128Gcm, Some(Deflate::Zlib));
    let inputs = EncryptionInputs { cek: &[1; 16], encrypted_key: b"encrypted key", iv: &[2; 12] };
    let text = jwe::encrypt_with(b"content", inputs, encryption, zlib, header).unwrap();
    assert_eq!(text.split('.').nth(2), Some("AgICAgICAgICAgIC"));
    let token = JweToken::parse(text.as_bytes(), text.len()).unwrap();
    assert_eq!((token.alg(), token.enc(), token.encrypted_key()), ("X-KW", "A128GCM", &b"encrypted key"[..]));
    assert_eq!(token.decrypt_with(Some(&[1; 16]), 7).as_deref(), Ok(&b"content"[..]));
    assert_eq!(token.decrypt_with(Some(&[1; 16]), 6), Err(Error::PlaintextTooLarge { max_bytes: 6 }));
    for wrong in [None, Some(&[1; 15][..]), Some(&[2; 16]), Some(&[1; 32])] {
        assert_eq!(token.decrypt_with(wrong, 7), Err(Error::AuthenticationFailed));
    }
    let own = token.decrypt(&symmetric_keys(&[1; 16]).1, DecryptOptions::default());
    assert_eq!(own, Err(Error::AlgorithmNotSupported("alg")));
    for (encryption, compression) in [(ContentEncryption::A256Gcm, zlib), (encryption, None)] {
        let cek = vec![1; encryption.cek_bytes()];
        let other = jwe::encrypt_with(b"", EncryptionInputs { cek: &cek, ..inputs }, encryption, compression, header);
        assert!(matches!(other, Err(Error::Configuration(_))));
    }
    for iv in [&[][..], &[2; 11], &[2; 16]] {
        let other = jwe::encrypt_with(b"", EncryptionInputs { iv, ..inputs }, encryption, zlib, header);
        assert!(matches!(other, Err(Error::Configuration(_))));
    }
}

/// NIST SP 800-38A F.2.1, F.2.3 and F.2.5: the key and the first block of the ciphertext.
const CBC: [(&str, &str); 3] = [
    ("2b7e151628aed2a6abf7158809cf4f3c", "7649abac8119b246cee98e9b12e9197d"),
    ("8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b", "4f021db243bc633d7178183a9fa071e8"),
    ("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4", "f58c4c04d6e5f1ba779eabfb5f7bfbd6"),
];

#[test]
fn unauthenticated_cbc_matches_nist_vectors() {
    let (iv, block) = (decode_hex("000102030405060708090a0b0c0d0e0f"), decode_hex("6bc1bee22e409f96e93d7e117393172a"));
    for (key, first) in CBC {
        let key = decode_hex(key);
        let ciphertext = jwe::encrypt_cbc(&key, &iv, &block).unwrap();
        assert_eq!((&ciphertext[..16], ciphertext.len()), (&decode_hex(first)[..], 32));
        assert_eq!(jwe::decrypt_cbc(&key, &iv, &ciphertext).as_ref(), Ok(&block));
        for (key, iv, ciphertext) in [
            (&key[1..], &iv[..], &ciphertext[..]),
            (&key, &iv[1..], &ciphertext),
            (&key, &iv, &ciphertext[1..]),
            (&key, &iv, &ciphertext[..16]),
            (&key, &iv, &[]),
        ] {
            assert_eq!(jwe::decrypt_cbc(key, iv, ciphertext), Err(Error::CryptoFailure));
        }
        assert_eq!(jwe::encrypt_cbc(&key[1..], &iv, &block), Err(Error::CryptoFailure));
        assert_eq!(jwe::encrypt_cbc(&key, &iv[1..], &block), Err(Error::CryptoFailure));
    }
}

#[test]
fn rejects_a_header_that_does_not_match_the_parameters() {
    let (key, _) = symmetric_keys(&[1; 16]);
    let (management, encryption) = (KeyManagement::Dir, ContentEncryption::A128Gcm);
    let plain = EncryptionParams { key_management: management, content_encryption: encryption, compression: None };
    for header in [
        r#"{"alg":"A128KW","enc":"A128GCM"}"#,
        r#"{"alg":"dir","enc":"A256GCM"}"#,
        r#"{"alg":"dir","enc":"A128GCM","zip":"DEF"}"#,
    ] {
        assert!(matches!(jwe::encrypt(b"", &key, plain, header.as_bytes()), Err(Error::Configuration(_))));
    }
    assert!(matches!(jwe::encrypt(b"", &key, plain, b"{}"), Err(Error::Malformed(_))));
}

#[test]
fn debug_output_contains_no_secret() {
    let (encrypting, decrypting) = symmetric_keys(b"0123456789abcdef");
    let decrypted = jwe::decrypt(
        seal_token(r#"{"alg":"dir","enc":"A128GCM"}"#, b"secret").as_bytes(),
        &symmetric_keys(&[1; 16]).1,
        DecryptOptions::default(),
    );
    let shown = format!("{encrypting:?} {decrypting:?} {:?} {:?}", rsa_keys(A1_KEY), decrypted.unwrap());
    assert_eq!(shown, "Symmetric(..) Symmetric(..) (Rsa(..), Rsa(..)) DecryptedToken { .. }");
}

/// A xorshift64 generator with a fixed seed, for reproducible runs.
struct Xorshift64(u64);

impl Xorshift64 {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }
}

const MUTANT_BYTES: &[u8] = b"AZaz09-_.=+/ \"{}\x00\xff";

fn mutate(token: &str, random: &mut Xorshift64) -> Vec<u8> {
    let mut bytes = token.as_bytes().to_vec();
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        let byte = MUTANT_BYTES[random.below(MUTANT_BYTES.len())];
        match random.below(6) {
            0 => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 => drop(bytes.remove(at)),
            3 => bytes.truncate(at.max(1)),
            4 => bytes = swap_segments(&bytes, random),
            _ => bytes = mutate_decoded_segment(&bytes, random),
        }
        bytes.resize(bytes.len().max(1), b'.');
    }
    bytes
}

fn swap_segments(token: &[u8], random: &mut Xorshift64) -> Vec<u8> {
    let mut parts: Vec<_> = token.split(|byte| *byte == b'.').collect();
    let (one, other) = (random.below(parts.len()), random.below(parts.len()));
    parts.swap(one, other);
    parts.join(&b'.')
}

/// Decodes one segment, changes it and encodes it again, so that the mutation reaches the code after base64url
/// decoding.
fn mutate_decoded_segment(token: &[u8], random: &mut Xorshift64) -> Vec<u8> {
    let mut parts: Vec<_> = token.split(|byte| *byte == b'.').map(<[u8]>::to_vec).collect();
    let part = random.below(parts.len());
    if let Some(mut decoded) = base64url::decode(&parts[part]).filter(|decoded| !decoded.is_empty()) {
        let index = random.below(decoded.len());
        decoded[index] = MUTANT_BYTES[random.below(MUTANT_BYTES.len())];
        decoded.truncate(decoded.len() - random.below(2));
        parts[part] = base64url::encode(&decoded).into_bytes();
    }
    parts.join(&b'.')
}

#[test]
fn rejects_mutated_tokens_without_a_panic() {
    let mut random = Xorshift64(0x9e37_79b9_7f4a_7c15);
    let tokens: Vec<_> = combinations()
        .map(|(management, encryption)| {
            let (_, key) = matching_keys(management, encryption, 1);
            (encrypt_token(management, encryption, b"content"), key)
        })
        .collect();
    let mut rejected = 0;
    for round in 0..10_000 {
        let (good, key) = &tokens[round % tokens.len()];
        let bad = mutate(good, &mut random);
        if bad != good.as_bytes() {
            assert!(jwe::decrypt(&bad, key, DecryptOptions::default()).is_err(), "{round}");
            rejected += 1;
        }
    }
    assert!(rejected > 9_000, "{rejected}");
}

/// Reads a JSON file of `../shared/vectors`, if it exists.
fn read_vectors(path: &str) -> Option<Value> {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors").join(path);
    std::fs::read(file).ok().map(|text| serde_json::from_slice(&text).unwrap())
}

fn string_member<'j>(object: &'j Value, name: &str) -> &'j str {
    object[name].as_str().unwrap_or_default()
}

/// Returns the keys of a JWK: an unusable key if the JWK is neither symmetric nor RSA.
fn keys_from_jwk(jwk: &Value) -> (EncryptionKey, DecryptionKey) {
    match string_member(jwk, "kty") {
        "oct" => symmetric_keys(&decode_base64url(string_member(jwk, "k"))),
        "RSA" => rsa_keys(["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(|name| string_member(jwk, name))),
        _ => symmetric_keys(&[]),
    }
}

/// Returns the algorithm of a JWK. If its `alg` is a content encryption algorithm, its key is used directly.
fn algorithm_from_jwk(jwk: &Value) -> Option<KeyManagement> {
    let name = string_member(jwk, "alg");
    let direct = name.parse::<ContentEncryption>().ok().map(|_| KeyManagement::Dir);
    name.parse().ok().or(direct)
}

fn decode_hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn passes_the_wycheproof_cases() {
    let Some(file) = read_vectors("wycheproof/json_web_encryption_test.json") else { return };
    // `valid` and `invalid` count cases with a supported algorithm. Tokens for all other keys must be rejected.
    let (mut valid, mut invalid, mut unsupported) = (0, 0, 0);
    for group in file["testGroups"].as_array().unwrap() {
        let (_, key) = keys_from_jwk(&group["private"]);
        let algorithm = algorithm_from_jwk(&group["private"]);
        let allowed: Vec<_> = algorithm.into_iter().collect();
        for case in group["tests"].as_array().unwrap() {
            let options = DecryptOptions { allowed_algs: Some(&allowed), ..DecryptOptions::default() };
            let result = jwe::decrypt(string_member(case, "jwe").as_bytes(), &key, options);
            let result = result.map(|decrypted| decrypted.plaintext);
            let is_valid = string_member(case, "result") == "valid";
            match (is_valid, algorithm) {
                (true, None) => assert_eq!(result, Err(Error::AlgorithmNotSupported("alg")), "{case}"),
                (true, Some(_)) => assert_eq!(result, Ok(decode_hex(string_member(case, "pt"))), "{case}"),
                (false, _) => assert!(result.is_err(), "{case}"),
            }
            let counter = if algorithm.is_none() {
                &mut unsupported
            } else if is_valid {
                &mut valid
            } else {
                &mut invalid
            };
            *counter += 1;
        }
    }
    assert_eq!((valid, invalid, unsupported), (34, 49, 56));
}

#[test]
fn decrypts_the_tokens_of_the_cookbook() {
    let (rsa15, oaep) =
        ("5_1.key_encryption_using_rsa_v15_and_aes-hmac-sha2", "5_2.key_encryption_using_rsa-oaep_with_aes-gcm");
    let direct = "5_6.direct_encryption_using_aes-gcm";
    let wrapped = "5_8.key_wrap_using_aes-keywrap_with_aes-gcm";
    for name in [rsa15, oaep, direct, wrapped, "5_9.compressed_content"] {
        let Some(file) = read_vectors(&format!("cookbook/jwe/{name}.json")) else { return };
        let expected = string_member(&file["input"], "plaintext");
        let (encrypting, decrypting) = keys_from_jwk(&file["input"]["key"]);
        let token = string_member(&file["output"], "compact");
        assert_eq!(decrypt_plaintext(token, &decrypting).as_deref(), Ok(expected.as_bytes()), "{name}");
        if name == wrapped {
            let cek = decode_base64url(string_member(&file["generated"], "cek"));
            let again = jwe::wrap_key(KeyManagement::A128Kw, &encrypting, &cek).unwrap();
            assert_eq!(base64url::encode(&again), string_member(&file["encrypting_key"], "encrypted_key"));
        }
    }
    for unsupported in [
        "5_3.key_wrap_using_pbes2-aes-keywrap_with-aes-cbc-hmac-sha2",
        "5_7.key_wrap_using_aes-gcm_keywrap_with_aes-cbc-hmac-sha2",
    ] {
        let Some(file) = read_vectors(&format!("cookbook/jwe/{unsupported}.json")) else { return };
        let result = decrypt_plaintext(string_member(&file["output"], "compact"), &symmetric_keys(&[1; 16]).1);
        assert_eq!(result, Err(Error::AlgorithmNotSupported("alg")));
    }
}
