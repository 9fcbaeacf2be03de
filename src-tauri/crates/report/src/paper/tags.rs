//! The structure of the document as a screen reader sees it, built before the pages are known.

use std::num::NonZeroU16;

use krilla::tagging::{Identifier, ListNumbering, Node as TagNode, TableHeaderScope, Tag, TagGroup, TagKind, TagTree};

/// What a part of the structure is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A paragraph, or a line with a meaning of its own.
    Paragraph,
    /// A heading: level (the title of the report is 1) and words.
    Heading(u16, String),
    /// A table, and its parts.
    Table,
    /// The header of a table.
    Head,
    /// The rows of a table.
    Body,
    /// A row.
    Row,
    /// A header cell over its column.
    ColumnHead,
    /// A header cell before its row.
    RowHead,
    /// A cell.
    Cell,
    /// A list, and its parts.
    List,
    /// An item of a list.
    Item,
    /// What an item says.
    ItemBody,
    /// A group without a meaning of its own.
    Group,
}

/// A place in the structure; greater means later in reading order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct NodeId(usize);

/// The structure; its root is implied.
#[derive(Default)]
pub(super) struct Structure {
    nodes: Vec<Node>,
    top: Vec<NodeId>,
    heading: u16,
}

struct Node {
    kind: Kind,
    children: Vec<NodeId>,
    content: Vec<Identifier>,
}

impl Structure {
    /// A new part at the end of its parent, or of the document.
    pub fn add(&mut self, parent: Option<NodeId>, kind: Kind) -> NodeId {
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node { kind, children: Vec::new(), content: Vec::new() });
        match parent {
            Some(parent) => self.nodes[parent.0].children.push(id),
            None => self.top.push(id),
        }
        id
    }

    /// A heading. Levels may not be left out on the way down (ISO 14289-1, 7.4.2); one that is gets the next free one.
    pub fn heading(&mut self, parent: Option<NodeId>, level: u16, words: String) -> NodeId {
        let level = level.min(self.heading + 1).max(1);
        self.heading = level;
        self.add(parent, Kind::Heading(level, words))
    }

    /// Content of the page that belongs to this part.
    pub fn content(&mut self, node: NodeId, content: Identifier) {
        self.nodes[node.0].content.push(content);
    }

    /// The structure for the PDF library.
    pub fn into_tree(mut self, language: &str) -> TagTree {
        let children = self.top.clone().into_iter().map(|id| self.group(id)).collect::<Vec<_>>();
        TagTree::from(children).with_lang(Some(language.to_owned()))
    }

    /// The depth is the depth of the model, which its author nested by hand.
    fn group(&mut self, id: NodeId) -> TagNode {
        let node = &mut self.nodes[id.0];
        let kind = tag(std::mem::replace(&mut node.kind, Kind::Group));
        let content = std::mem::take(&mut node.content);
        let children = std::mem::take(&mut node.children);
        let mut all: Vec<TagNode> = content.into_iter().map(TagNode::from).collect();
        all.extend(children.into_iter().map(|child| self.group(child)));
        TagNode::Group(TagGroup::with_children(kind, all))
    }
}

fn tag(kind: Kind) -> TagKind {
    match kind {
        Kind::Paragraph => Tag::P.into(),
        Kind::Heading(level, words) => Tag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), Some(words)).into(),
        Kind::Table => Tag::Table.into(),
        Kind::Head => Tag::THead.into(),
        Kind::Body => Tag::TBody.into(),
        Kind::Row => Tag::TR.into(),
        Kind::ColumnHead => Tag::TH(TableHeaderScope::Column).into(),
        Kind::RowHead => Tag::TH(TableHeaderScope::Row).into(),
        Kind::Cell => Tag::TD.into(),
        Kind::List => Tag::L(ListNumbering::None).into(),
        Kind::Item => Tag::LI.into(),
        Kind::ItemBody => Tag::LBody.into(),
        Kind::Group => Tag::Div.into(),
    }
}
