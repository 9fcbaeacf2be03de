//! AWS behind the contracts: KMS keys, caller identity, credential sources
