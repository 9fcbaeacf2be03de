//! CAdES policies. Made from the files of ITI; a test compares every value with them.

use time::macros::datetime;

use super::bases::{CADES_2008, CADES_2011, CADES_2012_03, CADES_2012_09, CADES_2016, CADES_2018, CADES_2025_06};
use super::rules::{ALGORITHMS_2012, RA, RA_OLD, RAIZ_V1, RAIZ_V2, RAIZ_V5, RAIZ_V12, RC, RV, SIGNED_V2_1, STAMP};
use super::{oid, sha1, sha256, version};
use crate::model::{CertificateInfo, Policy, PolicyLevel};

/// In the order of their identifiers.
pub(super) static CADES: [Policy; 37] = [
    Policy {
        oid: oid("2.16.76.1.7.1.1.1"),
        level: PolicyLevel::AdRb,
        version: version(1, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RB.der",
        file_sha256: "b921016bd03a721c61010beaec5341a00406a5cbc2f3800589b9cb1d727df06a",
        policy_hash: sha1("20d6789325513bbc8c29624e1f40b61813ec5ce7"),
        tsa_roots: &[],
        tsa_limits: &[],
        ..CADES_2008
    },
    Policy {
        oid: oid("2.16.76.1.7.1.1.1.1"),
        level: PolicyLevel::AdRb,
        version: version(1, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RB_v1_1.der",
        file_sha256: "af69b65b3090ec21baaf21ffb42c6ace9c9dbeb1443cffe8dc322c0bf5cdf0b9",
        policy_hash: sha1("397e6ea850c78ac44e7f3872db369edfecb50e63"),
        not_after: datetime!(2014-12-31 0:00 UTC),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        roots: &[RAIZ_V1],
        tsa_roots: &[],
        tsa_limits: &[],
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.1.2"),
        level: PolicyLevel::AdRb,
        version: version(2, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RB_v2_0.der",
        file_sha256: "ac51fe96ecf0a7a5ac7e21a18be305c0180c6e8bb15ac5a66fb88137693a8983",
        policy_hash: sha256("5311e6ce55665c87f6085ef11c82fa3fb1341cade7981ed9f51d3e56de5f6aad"),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        algorithms: ALGORITHMS_2012,
        limits: &[],
        tsa_roots: &[],
        tsa_limits: &[],
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.1.2.1"),
        level: PolicyLevel::AdRb,
        version: version(2, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RB_v2_1.der",
        file_sha256: "3259f8a99b35393afadfa681fc381cd1eb6925c68718a8e92f7a658f253d3ba5",
        policy_hash: sha256("dd57c98a4313bc1398ce6543d3802458957cf716ae3294ec4d8c26251291e6c1"),
        revoked: Some(datetime!(2017-02-26 0:00 UTC)),
        tsa_roots: &[],
        tsa_limits: &[],
        ..CADES_2012_03
    },
    Policy {
        oid: oid("2.16.76.1.7.1.1.2.2"),
        level: PolicyLevel::AdRb,
        version: version(2, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RB_v2_2.der",
        file_sha256: "cbea5cf7d5b7fa39edd9fbb3bd03797f6004c1284e0523c586fca5683014e2f0",
        policy_hash: sha256("0f6fa2c6281981716c95c79899039844523b1c61c2c962289cdac7811feee29e"),
        tsa_roots: &[],
        tsa_limits: &[],
        ..CADES_2016
    },
    Policy {
        oid: oid("2.16.76.1.7.1.1.2.3"),
        level: PolicyLevel::AdRb,
        version: version(2, 3),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RB_v2_3.der",
        file_sha256: "e98bc76b0149e632cd639de76682ee72d97f927c255c28b04a3dbcfec632285f",
        policy_hash: sha256("b16e88bbf77322a67995b79078778ed3d0ea7c88587b6f6d518b715e8f76a3d5"),
        tsa_roots: &[],
        ..CADES_2018
    },
    Policy {
        oid: oid("2.16.76.1.7.1.1.2.4"),
        level: PolicyLevel::AdRb,
        version: version(2, 4),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RB_v2_4.der",
        file_sha256: "25f148b0828c0ba93695742469566fcc4d1618aa0c20cac56ae72b3419ecee6b",
        policy_hash: sha256("1f3c904c44c392feef447e21faa7a04e85d9c0153346320f557b7042af5dcf13"),
        tsa_roots: &[],
        ..CADES_2025_06
    },
    Policy {
        oid: oid("2.16.76.1.7.1.2.1"),
        level: PolicyLevel::AdRt,
        version: version(1, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RT.der",
        file_sha256: "603b674fb774a84c8e939c89f0af56fa7c5bb4d9d77ee8925415b1a14356a31f",
        policy_hash: sha1("acdc93f268ca1d95bb043018a95bbf6166654c51"),
        unsigned: STAMP,
        ..CADES_2008
    },
    Policy {
        oid: oid("2.16.76.1.7.1.2.1.1"),
        level: PolicyLevel::AdRt,
        version: version(1, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RT_v1_1.der",
        file_sha256: "4aedeb146abf9f6111921130942618e0b1fa16fa15535de80afacfe9066bdd93",
        policy_hash: sha1("64cdb3c737d61215883cdbc8e1fdd3471ba744c7"),
        not_after: datetime!(2014-12-31 0:00 UTC),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        roots: &[RAIZ_V1, RAIZ_V2],
        unsigned: STAMP,
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.2.2"),
        level: PolicyLevel::AdRt,
        version: version(2, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RT_v2_0.der",
        file_sha256: "3dd37fcc0d1c1d963b598a0af0359a39587fadfff8a8a56d32c93e09d6839abb",
        policy_hash: sha256("d5ad96d431217669e86d832585f2ae252f9982f8d0b34b04ba2bc96c0abc09e6"),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        algorithms: ALGORITHMS_2012,
        limits: &[],
        tsa_limits: &[],
        unsigned: STAMP,
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.2.2.1"),
        level: PolicyLevel::AdRt,
        version: version(2, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RT_v2_1.der",
        file_sha256: "74a6205af1bbdc760f8de4aa790a19e1b85eafdb75a64dee835246e85f22977f",
        policy_hash: sha256("217d8e68b5dafca6bc72fe610e3ec9f9cb9f7d75b099091c24106f48a6527a0f"),
        revoked: Some(datetime!(2017-02-26 0:00 UTC)),
        tsa_limits: &[],
        unsigned: STAMP,
        ..CADES_2012_03
    },
    Policy {
        oid: oid("2.16.76.1.7.1.2.2.2"),
        level: PolicyLevel::AdRt,
        version: version(2, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RT_v2_2.der",
        file_sha256: "b59af4c6bd04f8ea1f67bbe0f1c495b284a762803d44b2d3a992479ff92a2bb2",
        policy_hash: sha256("2fc28c6155a0574558d92c674d47158cdadb1144eaaeafda1cd76dba967a6774"),
        unsigned: STAMP,
        ..CADES_2016
    },
    Policy {
        oid: oid("2.16.76.1.7.1.2.2.3"),
        level: PolicyLevel::AdRt,
        version: version(2, 3),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RT_v2_3.der",
        file_sha256: "2b53082af649097717587f266b5aa0d2cff6cf0f12b29dafdfaa33d47bd094ef",
        policy_hash: sha256("80dfe81e2a8ae762cd360253722922332ee10164d992156d847c47c8fb879cd2"),
        unsigned: STAMP,
        ..CADES_2018
    },
    Policy {
        oid: oid("2.16.76.1.7.1.2.2.4"),
        level: PolicyLevel::AdRt,
        version: version(2, 4),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RT_v2_4.der",
        file_sha256: "09eccc11a7c95c890b1fd7a2b29c9cea6d4cfbcf4c994998e15d0d590ff4dbea",
        policy_hash: sha256("fa59dca6d9c0e808eb7397b2de800cce5b0e4da2c42e2e5ef2496a2ce6badcb7"),
        unsigned: STAMP,
        ..CADES_2025_06
    },
    Policy {
        oid: oid("2.16.76.1.7.1.3.1"),
        level: PolicyLevel::AdRv,
        version: version(1, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RV.der",
        file_sha256: "47787820cc2d26beaa49743d1daa2b4a329875e4a382ecce96cfda641c1658b0",
        policy_hash: sha1("67d76103ee4beb8503713f74add45d4169362765"),
        unsigned: RV,
        ..CADES_2008
    },
    Policy {
        oid: oid("2.16.76.1.7.1.3.1.1"),
        level: PolicyLevel::AdRv,
        version: version(1, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RV_v1_1.der",
        file_sha256: "8e099e485012ddadfd5c1e62eeb27c3f833d1895b59e2607b646b1c29cd2ff77",
        policy_hash: sha1("b62f8a1ca6302665abace9e0a50b0eff2c6e4b7f"),
        not_after: datetime!(2014-12-31 0:00 UTC),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        roots: &[RAIZ_V1, RAIZ_V2],
        unsigned: RV,
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.3.2"),
        level: PolicyLevel::AdRv,
        version: version(2, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RV_v2_0.der",
        file_sha256: "198abfaeeb33c98a3a0a4731157f5ca230ce53af4cbc935d2b3227f681124469",
        policy_hash: sha256("2d8a04ee1b6cff00c91cfdb23b94ac0cbd0bc7d93b22961a0e879a8433ae36b8"),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        algorithms: ALGORITHMS_2012,
        limits: &[],
        unsigned: RV,
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.3.2.1"),
        level: PolicyLevel::AdRv,
        version: version(2, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RV_v2_1.der",
        file_sha256: "aacc9e3d41385f8eca20fcf8d8d23637a4272b474eae5e78d858167113113a4c",
        policy_hash: sha256("e1e9e0d318f3cd7cb1b853b71af182dd02da231fca07c6868c034a8559a397a3"),
        revoked: Some(datetime!(2017-02-26 0:00 UTC)),
        unsigned: RV,
        ..CADES_2012_03
    },
    Policy {
        oid: oid("2.16.76.1.7.1.3.2.2"),
        level: PolicyLevel::AdRv,
        version: version(2, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RV_v2_2.der",
        file_sha256: "acf4b5b510e94f0fefc905ae1ae9673860dce51db70220beeb02f61168e1795c",
        policy_hash: sha256("ff2727cea8785691c60676ce240c7bf79e1586b3751d2d30cbe13601b796c69b"),
        unsigned: RV,
        ..CADES_2016
    },
    Policy {
        oid: oid("2.16.76.1.7.1.3.2.3"),
        level: PolicyLevel::AdRv,
        version: version(2, 3),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RV_v2_3.der",
        file_sha256: "3fed238fe60a9344673c1436320c4b04e61df3abe70a47568f38198b1353fcae",
        policy_hash: sha256("08ab9799a528e211478ef5003e4cec9c337ca82838de1d6a7372c8789934ad4b"),
        unsigned: RV,
        ..CADES_2018
    },
    Policy {
        oid: oid("2.16.76.1.7.1.3.2.4"),
        level: PolicyLevel::AdRv,
        version: version(2, 4),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RV_v2_4.der",
        file_sha256: "b248cb49a3b94e1c9464c480ec26b03c45a59d2ea6920eec71b387e053752c5f",
        policy_hash: sha256("ac8d3299189a58f88ec938d1b5918f65bd9d1b22e1d1a32b998f3fdf07ec3342"),
        unsigned: RV,
        ..CADES_2025_06
    },
    Policy {
        oid: oid("2.16.76.1.7.1.4.1"),
        level: PolicyLevel::AdRc,
        version: version(1, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RC.der",
        file_sha256: "b9f560c297eeac3bc96576b5a28cd33ae9b42f56e901468b47a894d117b077df",
        policy_hash: sha1("2f07addc32c756a2aec5e657bb9e5e63c091cc13"),
        unsigned: RC,
        certificate_info: CertificateInfo::FullPath,
        ..CADES_2008
    },
    Policy {
        oid: oid("2.16.76.1.7.1.4.1.1"),
        level: PolicyLevel::AdRc,
        version: version(1, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RC_v1_1.der",
        file_sha256: "156933a9a78ac77ac1bd4c80cf088e7fae87230f50a7ce7057e674de2d831447",
        policy_hash: sha1("b00b950710c5afc7b03680418a2c4128edfd0d02"),
        not_after: datetime!(2023-06-21 1:00 UTC),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        roots: &[RAIZ_V1, RAIZ_V2],
        unsigned: RC,
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.4.2"),
        level: PolicyLevel::AdRc,
        version: version(2, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RC_v2_0.der",
        file_sha256: "14c66998fa6a6146820128ecf7e59411da40362eca84b87e51204419ca021225",
        policy_hash: sha256("defbe63b1ef62346c587074c95207a1fbc36b1a80a672464bfd664a593bdf86b"),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        algorithms: ALGORITHMS_2012,
        limits: &[],
        unsigned: RC,
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.4.2.1"),
        level: PolicyLevel::AdRc,
        version: version(2, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RC_v2_1.der",
        file_sha256: "0e4a9b82df9c81a78511362e422023cbf091e47645ed3ac00bc3840e5974eb4a",
        policy_hash: sha256("0c3180dcdc404413415dbc3e3a991ae6d06e79be2bfc85b3d1c34e90c1f292bc"),
        revoked: Some(datetime!(2017-02-26 0:00 UTC)),
        unsigned: RC,
        ..CADES_2012_03
    },
    Policy {
        oid: oid("2.16.76.1.7.1.4.2.2"),
        level: PolicyLevel::AdRc,
        version: version(2, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RC_v2_2.der",
        file_sha256: "b60a916af1a92d3cd44e1a5110c65359ef689a6a99c8254f25c70845c13bb1b3",
        policy_hash: sha256("93dde2288c02c4d7b674402871b4328272d4bbc791dbffb5bd6061d812cfe609"),
        unsigned: RC,
        ..CADES_2016
    },
    Policy {
        oid: oid("2.16.76.1.7.1.4.2.3"),
        level: PolicyLevel::AdRc,
        version: version(2, 3),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RC_v2_3.der",
        file_sha256: "983ddb27bec71585b6c17891a47c55232194667a1554a86f1a16021cdaaf56cd",
        policy_hash: sha256("2106ea59ccc2d314e5b7f1c75506a03f3b90bd5eb636b48075d6b60e7489bf18"),
        unsigned: RC,
        ..CADES_2018
    },
    Policy {
        oid: oid("2.16.76.1.7.1.4.2.4"),
        level: PolicyLevel::AdRc,
        version: version(2, 4),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RC_v2_4.der",
        file_sha256: "1e2c8b579d6f997a86b466ce5d40abc063f61a2228348230359ac3a044f7a1ff",
        policy_hash: sha256("ab0dd337580f7ccd6244e30f2a29f2e97614ad411838a0a1179d479504f5522b"),
        unsigned: RC,
        ..CADES_2025_06
    },
    Policy {
        oid: oid("2.16.76.1.7.1.5.1"),
        level: PolicyLevel::AdRa,
        version: version(1, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RA.der",
        file_sha256: "5ecc0891f538a5a187a224ad0ae623db0753f4881b315a79ea727a2dab2942b1",
        policy_hash: sha1("8bb2b2ca1ded880b9d2718662be66371520f99cf"),
        revoked: Some(datetime!(2012-09-21 0:00 UTC)),
        unsigned: RA_OLD,
        certificate_info: CertificateInfo::FullPath,
        ..CADES_2008
    },
    Policy {
        oid: oid("2.16.76.1.7.1.5.1.1"),
        level: PolicyLevel::AdRa,
        version: version(1, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RA_v1_1.der",
        file_sha256: "d0a4b28a6cfccb96070caefbed0f02b8af18940ba5aa8bfb48c1ad745862a645",
        policy_hash: sha1("64acfdc2a613d59aa49b19ca93fbb178086f1f7f"),
        not_after: datetime!(2014-12-31 0:00 UTC),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        roots: &[RAIZ_V1, RAIZ_V2],
        unsigned: RA_OLD,
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.5.1.2"),
        level: PolicyLevel::AdRa,
        version: version(1, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RA_v1_2.der",
        file_sha256: "33625505f0cbcf4a9a54f7259f68866587d7fd37157b94380b0b66bfe8d8380e",
        policy_hash: sha1("ef4273928b6314e2c4e7319b26fdf0effafe57a0"),
        unsigned: RA,
        ..CADES_2012_09
    },
    Policy {
        oid: oid("2.16.76.1.7.1.5.2"),
        level: PolicyLevel::AdRa,
        version: version(2, 0),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RA_v2_0.der",
        file_sha256: "bb0643b1c9d3e5b071f6ffbf73e582f15d2dce5bfde9ceb0797fc54f6b1ea485",
        policy_hash: sha256("716d7484e691687a2816f48f5a103961d63d1456448904305f20eb664d69159a"),
        revoked: Some(datetime!(2012-03-23 02:59:59 UTC)),
        algorithms: ALGORITHMS_2012,
        limits: &[],
        unsigned: RA_OLD,
        ..CADES_2011
    },
    Policy {
        oid: oid("2.16.76.1.7.1.5.2.1"),
        level: PolicyLevel::AdRa,
        version: version(2, 1),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RA_v2_1.der",
        file_sha256: "e8caa809a5c09bd6ca04c296a5aede0d68e7dc9b9b38a2f1452202ac46b023a7",
        policy_hash: sha256("724a857f9719da83a16ff1c599ec59ef8ab1528cf2d54831f476e1a93a6dd3ff"),
        revoked: Some(datetime!(2012-09-21 0:00 UTC)),
        unsigned: RA_OLD,
        ..CADES_2012_03
    },
    Policy {
        oid: oid("2.16.76.1.7.1.5.2.2"),
        level: PolicyLevel::AdRa,
        version: version(2, 2),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RA_v2_2.der",
        file_sha256: "0808a18d5ef21509932ddf8738f77a6d4644d8ccf1090ba6a81fef3309e710f8",
        policy_hash: sha256("907ab12086955f7201dd5dc9636e6d11800f08fb7fcd1e64db7edd0a1e6b1ba9"),
        not_after: datetime!(2023-06-21 0:00 UTC),
        revoked: Some(datetime!(2017-02-26 0:00 UTC)),
        algorithms: ALGORITHMS_2012,
        roots: &[RAIZ_V2],
        limits: &[],
        signed: SIGNED_V2_1,
        unsigned: RA,
        ..CADES_2012_09
    },
    Policy {
        oid: oid("2.16.76.1.7.1.5.2.3"),
        level: PolicyLevel::AdRa,
        version: version(2, 3),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RA_v2_3.der",
        file_sha256: "a212f3472f8249357b0dbeb068dc01c85cf1613260caf8e5405aaecc03817eed",
        policy_hash: sha256("3a339c7ec1d47eac0d04b4d06377d4fd5b417b367e57890c3e890475922f2669"),
        unsigned: RA,
        ..CADES_2016
    },
    Policy {
        oid: oid("2.16.76.1.7.1.5.2.4"),
        level: PolicyLevel::AdRa,
        version: version(2, 4),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RA_v2_4.der",
        file_sha256: "34a14f64d41ca5a2cb4c5f7dea9601e5568d2da2d0a4d58d82d0065f5f6fb9d4",
        policy_hash: sha256("e21a476b65eb647ad4056b7de3d3513a8b14f6a8de676d681fa362066eb0b628"),
        unsigned: RA,
        ..CADES_2018
    },
    Policy {
        oid: oid("2.16.76.1.7.1.5.2.5"),
        level: PolicyLevel::AdRa,
        version: version(2, 5),
        uri: "http://politicas.icpbrasil.gov.br/PA_AD_RA_v2_5.der",
        file_sha256: "8ddde8e5c65f7e1a8dcf6a6352c2ceb40957d4b79d3cfd8ae5de844a878fc984",
        policy_hash: sha256("0531ee338acb53364c8b316a11d90423ee33e714cb365d9c4562b90fa47d9099"),
        tsa_roots: &[RAIZ_V5, RAIZ_V12],
        unsigned: RA,
        ..CADES_2025_06
    },
];
