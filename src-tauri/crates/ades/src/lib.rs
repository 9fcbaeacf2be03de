//! CMS, CAdES and PAdES: create and validate side by side
