//! Templates of visible stamps.

use cartorio_office::Commands;
use cartorio_office::dto::{Empty, StampTemplate, StampTemplateRef};

use crate::args::{Global, Stamp};
use crate::desk;
use crate::lang::{Lang, say};
use crate::outcome::{Done, Failure};
use crate::show::table;

pub(crate) async fn stamp(global: &Global, command: Stamp, lang: Lang) -> Result<Done, Failure> {
    let office = desk::open(global, lang).await?;
    let all = match command {
        Stamp::List => office.stamp_templates(Empty {}).await?,
        Stamp::Save { file, image } => {
            let name = file.display();
            let wrong = |error: String| Failure::input(format!("{name}: {error}"));
            let text = std::fs::read_to_string(&file).map_err(|error| wrong(error.to_string()))?;
            let mut template: StampTemplate = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
            if let Some(image) = image {
                template.image = Some(office.stamp_image_path(image).await?.id);
            }
            office.stamp_template_save(template).await?
        }
        Stamp::Remove { template } => {
            let all = office.stamp_templates(Empty {}).await?;
            let found = all.iter().find(|own| own.id == template || own.name == template);
            let id = found.map(|own| own.id.clone()).ok_or_else(|| {
                Failure::input(say!(
                    lang,
                    "o modelo «{template}» não existe",
                    "the template “{template}” does not exist"
                ))
            })?;
            office.stamp_template_remove(StampTemplateRef { id }).await?
        }
    };
    let head = [
        say!(lang, "Modelo", "Template"),
        say!(lang, "Nome", "Name"),
        say!(lang, "Tamanho", "Size"),
        say!(lang, "Linhas", "Lines"),
    ];
    let row = |own: &StampTemplate| {
        vec![own.id.clone(), own.name.clone(), format!("{} × {} pt", own.width, own.height), own.lines.join(" / ")]
    };
    Done::new(table(&head, &all.iter().map(row).collect::<Vec<_>>()), &all)
}
