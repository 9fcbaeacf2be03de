//! From the page as it is seen to the page as the file counts it, and back.

use cartorio_pdf::{Page, Rect};

use crate::error::StampError;
use crate::spec::Rotation;

/// What readers assume for a page without `/MediaBox`: US Letter.
const LETTER: Rect = [0.0, 0.0, 612.0, 792.0];

/// A rectangle may stand over the edge by this much, in points: what rounding in the window makes.
const SLACK: f64 = 0.05;

/// A rectangle on a page as it is seen: turned by `/Rotate`, cut to the CropBox. Points (1/72 inch) from the top left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placement {
    /// From the left edge to the left side.
    pub x: f64,
    /// From the top edge to the top side.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// Where `placement` is in default user space (ISO 32000-2, 8.3.2.3), as an annotation's `/Rect` says it.
///
/// # Errors
/// [`StampError::PageBox`] for a page without a size, [`StampError::Size`] for a rectangle without one,
/// [`StampError::OutsidePage`].
pub fn place(page: &Page, placement: Placement) -> Result<Rect, StampError> {
    let seen = Seen::of(page)?;
    let Placement { x, y, width, height } = placement;
    if !(width.is_finite() && height.is_finite() && width > 0.0 && height > 0.0) {
        return Err(StampError::Size { width, height });
    }
    let (page_width, page_height) = (seen.width * seen.unit, seen.height * seen.unit);
    let inside = x >= -SLACK && y >= -SLACK && x + width <= page_width + SLACK && y + height <= page_height + SLACK;
    if !inside {
        return Err(StampError::OutsidePage { page_width, page_height });
    }
    let [left, top] = seen.to_user(x.max(0.0) / seen.unit, y.max(0.0) / seen.unit);
    let right = (x + width).min(page_width) / seen.unit;
    let bottom = (y + height).min(page_height) / seen.unit;
    let [right, bottom] = seen.to_user(right, bottom);
    // A thousandth of a point is less than any device shows.
    Ok(normal([left, top, right, bottom]).map(|side| (side * 1000.0).round() / 1000.0))
}

/// The width and height in points of `rect` (default user space) as it is seen: what a stamp's spec for a field that is
/// there already has to say.
pub fn seen_size(page: &Page, rect: Rect) -> (f64, f64) {
    let [left, bottom, right, top] = normal(rect);
    let unit = user_unit(page);
    let (width, height) = ((right - left) * unit, (top - bottom) * unit);
    if Rotation::of(page).turns_sideways() { (height, width) } else { (width, height) }
}

impl Placement {
    /// Where `rect` (default user space) is seen; the opposite of [`place`]. May lie outside of the page.
    ///
    /// # Errors
    /// [`StampError::PageBox`] for a page without a size.
    pub fn of(page: &Page, rect: Rect) -> Result<Self, StampError> {
        let seen = Seen::of(page)?;
        let [left, bottom, right, top] = normal(rect);
        let (one, other) = (seen.seen_at(left, bottom), seen.seen_at(right, top));
        let (width, height) = seen_size(page, rect);
        Ok(Self { x: one[0].min(other[0]) * seen.unit, y: one[1].min(other[1]) * seen.unit, width, height })
    }
}

/// The same rectangle with the lower left corner first.
pub(crate) fn normal([a, b, c, d]: Rect) -> Rect {
    [a.min(c), b.min(d), a.max(c), b.max(d)]
}

/// A page as it is seen; lengths in units of default user space.
struct Seen {
    area: Rect,
    rotation: Rotation,
    unit: f64,
    width: f64,
    height: f64,
}

impl Seen {
    fn of(page: &Page) -> Result<Self, StampError> {
        let media = normal(page.media_box.unwrap_or(LETTER));
        let area = match page.crop_box.map(normal) {
            None => media,
            Some(crop) => {
                let [left, bottom] = [0, 1].map(|side| crop[side].max(media[side]));
                let [right, top] = [2, 3].map(|side| crop[side].min(media[side]));
                // Readers ignore a crop box that leaves nothing.
                if left < right && bottom < top { [left, bottom, right, top] } else { media }
            }
        };
        let [left, bottom, right, top] = area;
        let (width, height) = (right - left, top - bottom);
        let usable = |side: f64| side.is_finite() && side > 0.0;
        if !usable(width) || !usable(height) {
            return Err(StampError::PageBox);
        }
        let rotation = Rotation::of(page);
        let (width, height) = if rotation.turns_sideways() { (height, width) } else { (width, height) };
        Ok(Self { area, rotation, unit: user_unit(page), width, height })
    }

    /// A point `right` of the left edge and `down` from the top edge, in default user space.
    fn to_user(&self, right: f64, down: f64) -> [f64; 2] {
        let [x0, y0, x1, y1] = self.area;
        match self.rotation {
            Rotation::Upright => [x0 + right, y1 - down],
            Rotation::Quarter => [x0 + down, y0 + right],
            Rotation::Half => [x1 - right, y0 + down],
            Rotation::ThreeQuarters => [x1 - down, y1 - right],
        }
    }

    fn seen_at(&self, x: f64, y: f64) -> [f64; 2] {
        let [x0, y0, x1, y1] = self.area;
        match self.rotation {
            Rotation::Upright => [x - x0, y1 - y],
            Rotation::Quarter => [y - y0, x - x0],
            Rotation::Half => [x1 - x, y - y0],
            Rotation::ThreeQuarters => [y1 - y, x1 - x],
        }
    }
}

/// `/UserUnit`: how many points a unit of default user space is (ISO 32000-2, table 31).
fn user_unit(page: &Page) -> f64 {
    let written = page.dict.get("UserUnit").and_then(|value| value.as_number());
    written.filter(|unit| (0.001..=100_000.0).contains(unit)).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(rotate: i64, media: Option<Rect>, crop: Option<Rect>) -> Page {
        Page { reference: None, dict: Default::default(), media_box: media, crop_box: crop, rotate }
    }

    const TOP_LEFT: Placement = Placement { x: 10.0, y: 20.0, width: 100.0, height: 40.0 };

    #[test]
    fn the_top_left_as_it_is_seen_is_found_on_every_rotation() {
        let media = Some([0.0, 0.0, 600.0, 800.0]);
        let place = |rotate| place(&page(rotate, media, None), TOP_LEFT).unwrap();
        assert_eq!(place(0), [10.0, 740.0, 110.0, 780.0]);
        assert_eq!(place(90), [20.0, 10.0, 60.0, 110.0]);
        assert_eq!(place(180), [490.0, 20.0, 590.0, 60.0]);
        assert_eq!(place(-90), [540.0, 690.0, 580.0, 790.0]);
        assert_eq!(place(45), place(0), "readers ignore it");
    }

    #[test]
    fn boxes_move_what_is_seen() {
        let media = Some([600.0, 800.0, -100.0, -50.0]);
        assert_eq!(place(&page(0, media, None), TOP_LEFT).unwrap(), [-90.0, 740.0, 10.0, 780.0]);
        let crop = Some([100.0, 100.0, 9999.0, 500.0]);
        assert_eq!(place(&page(0, media, crop), TOP_LEFT).unwrap(), [110.0, 440.0, 210.0, 480.0]);
        assert_eq!(place(&page(90, media, crop), TOP_LEFT).unwrap(), [120.0, 110.0, 160.0, 210.0]);
        let nowhere = Some([1e4, 1e4, 2e4, 2e4]);
        assert_eq!(place(&page(0, media, nowhere), TOP_LEFT), place(&page(0, media, None), TOP_LEFT));
    }

    #[test]
    fn what_is_not_on_the_page_is_refused() {
        let letter = page(90, None, None);
        let over = Placement { x: 700.0, ..TOP_LEFT };
        let error = StampError::OutsidePage { page_width: 792.0, page_height: 612.0 };
        assert_eq!(place(&letter, over), Err(error));
        let flat = page(0, Some([0.0, 0.0, 0.0, 800.0]), None);
        assert_eq!(place(&flat, TOP_LEFT), Err(StampError::PageBox));
        for width in [0.0, -1.0, f64::NAN] {
            assert!(place(&letter, Placement { width, ..TOP_LEFT }).is_err());
        }
        assert!(place(&letter, Placement { x: f64::NAN, ..TOP_LEFT }).is_err());
    }

    proptest! {
        #[test]
        fn back_and_forth_is_the_same_place(
            rotate in prop::sample::select(vec![0, 90, 180, 270, -90, 450]),
            media in prop::array::uniform4(-500.0_f64..2000.0),
            at in prop::array::uniform4(0.01_f64..0.99),
        ) {
            let page = page(rotate, Some(media), Some([0.0, 0.0, 1500.0, 1400.0]));
            if let Ok(seen) = Seen::of(&page) {
                let placement = Placement {
                    x: at[0] * seen.width / 2.0,
                    y: at[1] * seen.height / 2.0,
                    width: at[2] * seen.width / 2.0,
                    height: at[3] * seen.height / 2.0,
                };
                let rect = place(&page, placement).unwrap();
                prop_assert!(rect[0] >= seen.area[0] - 0.001 && rect[3] <= seen.area[3] + 0.001);
                let back = Placement::of(&page, rect).unwrap();
                let near = |a: f64, b: f64| (a - b).abs() < 0.002;
                prop_assert!(near(back.x, placement.x) && near(back.y, placement.y));
                prop_assert!(near(back.width, placement.width) && near(back.height, placement.height));
            }
        }
    }
}
