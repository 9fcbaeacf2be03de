//! Items become pages: where each one ends.

use super::flow::Item;

/// An item on a page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OnPage {
    /// Which item, or which item of a repeated header.
    pub what: What,
    /// Its top, from the top of the page.
    pub y: f32,
}

/// What stands there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum What {
    /// An item, for the only time.
    Item(usize),
    /// A line of a repeated table header: which header, which line.
    Header(usize, usize),
}

/// Where the text of the pages begins and ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Top of the first page.
    pub first_top: f32,
    /// Top of the others.
    pub top: f32,
    /// Bottom of all.
    pub bottom: f32,
}

/// Spreads the items over pages. There is always one page.
pub(super) fn pages(items: &[Item], headers: &[Vec<Item>], frame: Frame) -> Vec<Vec<OnPage>> {
    let mut spread = Spread { items, headers, frame, pages: vec![Vec::new()], y: frame.first_top };
    spread.place(0, items.len(), 0);
    spread.pages
}

struct Spread<'a> {
    items: &'a [Item],
    headers: &'a [Vec<Item>],
    frame: Frame,
    pages: Vec<Vec<OnPage>>,
    y: f32,
}

impl Spread<'_> {
    /// Places items from `from` up to `to`; groups that are bound more strongly than `bond` stay together while a page can hold them.
    fn place(&mut self, from: usize, to: usize, bond: u8) {
        let mut start = from;
        while start < to {
            let mut end = start + 1;
            while end < to && self.items[end].bond > bond {
                end += 1;
            }
            self.group(start, end, bond);
            start = end;
        }
    }

    fn group(&mut self, start: usize, end: usize, bond: u8) {
        let whole: f32 = self.items[start..end].iter().map(|item| item.space + item.height).sum();
        let needed = if self.fresh() { whole - self.items[start].space } else { whole };
        if self.y + needed <= self.frame.bottom {
            (start..end).for_each(|index| self.put(index));
            return;
        }
        let alone = whole - self.items[start].space + self.header_height(start);
        let fits_alone = alone <= self.frame.bottom - self.frame.top;
        if end - start == 1 || fits_alone {
            if !self.fresh() {
                self.turn(start);
            }
            (start..end).for_each(|index| self.put(index));
            return;
        }
        // No page holds the whole group: let go of its weakest bond.
        let weakest = self.items[start + 1..end].iter().map(|item| item.bond).min().unwrap_or(bond).max(bond + 1);
        self.place(start, end, weakest);
    }

    /// Whether nothing stands on this page but perhaps a repeated header.
    fn fresh(&self) -> bool {
        self.pages.last().is_none_or(|page| page.iter().all(|placed| matches!(placed.what, What::Header(..))))
    }

    fn turn(&mut self, next: usize) {
        self.y = self.frame.top;
        let mut page = Vec::new();
        if let Some(header) = self.repeated(next) {
            for (line, item) in self.headers[header].iter().enumerate() {
                page.push(OnPage { what: What::Header(header, line), y: self.y });
                self.y += item.height;
            }
        }
        self.pages.push(page);
    }

    /// The header that goes above this item; none if it would take half of the page.
    fn repeated(&self, index: usize) -> Option<usize> {
        let header = self.items[index].header?;
        let height: f32 = self.headers[header].iter().map(|item| item.height).sum();
        (height <= (self.frame.bottom - self.frame.top) / 2.0).then_some(header)
    }

    fn header_height(&self, index: usize) -> f32 {
        self.repeated(index).map_or(0.0, |header| self.headers[header].iter().map(|item| item.height).sum())
    }

    fn put(&mut self, index: usize) {
        if !self.fresh() {
            self.y += self.items[index].space;
        }
        if let Some(page) = self.pages.last_mut() {
            page.push(OnPage { what: What::Item(index), y: self.y });
        }
        self.y += self.items[index].height;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FRAME: Frame = Frame { first_top: 5.0, top: 10.0, bottom: 110.0 };

    fn item(height: f32, bond: u8) -> Item {
        Item { height, bond, ..Item::default() }
    }

    fn laid(items: &[Item]) -> Vec<Vec<usize>> {
        pages(items, &[], FRAME)
            .iter()
            .map(|page| {
                page.iter().map(|placed| if let What::Item(index) = placed.what { index } else { 99 }).collect()
            })
            .collect()
    }

    #[test]
    fn a_heading_moves_on_with_what_it_announces() {
        let items = [item(80.0, 0), item(10.0, 0), item(10.0, 2), item(10.0, 1)];
        assert_eq!(laid(&items), [vec![0], vec![1, 2, 3]]);
    }

    #[test]
    fn what_no_page_can_hold_is_torn_at_its_weakest_bond() {
        let mut items = vec![item(30.0, 0), item(30.0, 2), item(30.0, 1), item(30.0, 2)];
        items.insert(0, item(60.0, 0));
        assert_eq!(laid(&items), [vec![0], vec![1, 2], vec![3, 4]]);
    }

    #[test]
    fn a_table_header_is_repeated_above_the_rows_of_every_page() {
        let mut items = vec![item(10.0, 0)];
        items.extend((0..20).map(|index| Item {
            height: 10.0,
            bond: if index == 0 { 2 } else { 0 },
            header: Some(0),
            ..Item::default()
        }));
        let headers = vec![vec![item(10.0, 0)]];
        let laid = pages(&items, &headers, FRAME);
        assert_eq!(laid.len(), 3);
        for page in &laid[1..] {
            assert_eq!(page[0].what, What::Header(0, 0));
            assert_eq!(page[1].y, 20.0);
        }
        assert!(laid[0].iter().all(|placed| matches!(placed.what, What::Item(_))));
    }

    proptest! {
        #[test]
        fn every_item_stands_once_in_order_and_inside_the_frame(
            given in proptest::collection::vec((0.5f32..60.0, 0u8..4, 0f32..20.0, any::<bool>()), 0..60),
        ) {
            let headers = vec![vec![item(8.0, 0), item(5.0, 1)]];
            let items: Vec<Item> = given
                .into_iter()
                .map(|(height, bond, space, in_table)| Item { height, bond, space, header: in_table.then_some(0), ..Item::default() })
                .collect();
            let mut seen = Vec::new();
            for (number, page) in pages(&items, &headers, FRAME).iter().enumerate() {
                let mut y = if number == 0 { FRAME.first_top } else { FRAME.top };
                for placed in page {
                    prop_assert!(placed.y + 0.001 >= y);
                    let height = match placed.what {
                        What::Item(index) => { seen.push(index); items[index].height }
                        What::Header(header, line) => headers[header][line].height,
                    };
                    y = placed.y + height;
                }
                prop_assert!(y <= FRAME.bottom + 0.01, "{y}");
            }
            prop_assert_eq!(seen, (0..items.len()).collect::<Vec<_>>());
        }
    }
}
